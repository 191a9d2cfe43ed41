import { procedures } from './base.ts';
import { saveRendered } from './save-file.ts';

export const profiles = procedures.profiles.router({
  list: procedures.profiles.list.handler(({ context }) => context.engine.profiles.list()),
  save: procedures.profiles.save.handler(({ context, input }) => context.engine.profiles.save(input)),
  remove: procedures.profiles.remove.handler(async ({ context, input }) => {
    await context.engine.profiles.remove(input.id, input.name);
    return null;
  }),
  open: procedures.profiles.open.handler(({ context, input: { id, ...options }, signal }) =>
    context.engine.openProfile(id, { ...options, signal }),
  ),
  diagnose: procedures.profiles.diagnose.handler(async function* ({
    context,
    input: { id, ...typed },
    signal,
  }) {
    yield* context.engine.diagnoseProfile(id, { ...typed, signal });
  }),
  render: procedures.profiles.render.handler(({ context }) => context.engine.profiles.export()),
  export: procedures.profiles.export.handler(({ context: { engine } }) =>
    saveRendered(engine.host, () => engine.profiles.export()),
  ),
  import: procedures.profiles.import.handler(({ context, input }) =>
    context.engine.profiles.import(input.text),
  ),
});
