import { procedures } from './base.ts';

export const connections = procedures.connections.router({
  list: procedures.connections.list.handler(({ context }) => context.engine.connections()),
  understand: procedures.connections.understand.handler(({ context, input }) =>
    context.engine.understand(input.text, input.keep),
  ),
  diagnose: procedures.connections.diagnose.handler(async function* ({ context, input, signal }) {
    yield* context.engine.diagnose(input, { signal });
  }),
  open: procedures.connections.open.handler(({ context, input, signal }) =>
    context.engine.open(input, { signal }),
  ),
  openDemo: procedures.connections.openDemo.handler(async function* ({ context, signal }) {
    yield* context.engine.openDemo({ signal });
  }),
  databases: procedures.connections.databases.handler(({ context, input, signal }) =>
    context.engine.databases(input.connectionId, { signal }),
  ),
  openDatabase: procedures.connections.openDatabase.handler(({ context, input, signal }) =>
    context.engine.openDatabase(input.connectionId, input.database, { signal }),
  ),
  close: procedures.connections.close.handler(async ({ context, input }) => {
    await context.engine.closeConnection(input.connectionId);
    return null;
  }),
});
