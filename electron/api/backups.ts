import { EngineError } from '#engine/errors.ts';
import { procedures } from './base.ts';
import { saveAsPdf, saveRendered } from './save-file.ts';

const of = procedures.backups;

export const backups = of.router({
  overview: of.overview.handler(({ context, input, signal }) =>
    context.engine.backups.overview(input.connectionId, { signal }),
  ),
  detail: of.detail.handler(({ context, input, signal }) =>
    context.engine.backups.detail(input.connectionId, input.backupId, { signal }),
  ),
  parts: of.parts.handler(({ context, input, signal }) =>
    context.engine.backups.parts(input.connectionId, input.of, input.text, { signal }),
  ),
  create: of.create.handler(({ context, input: { connectionId, ...request } }) =>
    context.engine.backups.create(connectionId, request),
  ),
  verify: of.verify.handler(({ context, input: { connectionId, ...request } }) =>
    context.engine.backups.verify(connectionId, request),
  ),
  testPlaces: of.testPlaces.handler(({ context, input, signal }) =>
    context.engine.backups.testPlaces(input.connectionId, input.backupId, { signal }),
  ),
  watch: of.watch.handler(async function* ({ context, input }) {
    yield* context.engine.backups.watch(input.connectionId, input.jobId);
  }),
  cancel: of.cancel.handler(({ context, input }) => {
    context.engine.backups.cancel(input.connectionId, input.jobId);
    return null;
  }),
  waitOn: of.waitOn.handler(({ context, input }) => {
    context.engine.backups.waitOn(input.connectionId, input.jobId);
    return null;
  }),
  running: of.running.handler(async function* ({ context, input, signal }) {
    yield* context.engine.backups.running(input.connectionId, { signal });
  }),
  preview: of.preview.handler(({ context, input, signal }) =>
    context.engine.backups.preview(input.connectionId, input.request, { signal }),
  ),
  execute: of.execute.handler(({ context, input }) => context.engine.backups.execute(input)),
  recover: of.recover.handler(async ({ context, input, signal }) => {
    await context.engine.backups.recover(input.connectionId, input.backupId, { signal });
    return null;
  }),
  setPinned: of.setPinned.handler(async ({ context, input, signal }) => {
    const { connectionId, backupId, isPinned } = input;
    await context.engine.backups.setPinned(connectionId, backupId, isPinned, { signal });
    return null;
  }),
  setNote: of.setNote.handler(async ({ context, input, signal }) => {
    const { connectionId, backupId, note } = input;
    await context.engine.backups.setNote(connectionId, backupId, note, { signal });
    return null;
  }),
  setRetention: of.setRetention.handler(({ context, input: { connectionId, ...policy }, signal }) =>
    context.engine.backups.setRetention(connectionId, policy, { signal }),
  ),
  addLocation: of.addLocation.handler(async ({ context, input, signal }) => {
    const { engine } = context;
    const { folders } = engine.host;
    if (folders === null) throw noFolders('a folder dialog');
    const path = await folders.choose('backups');
    return path === null ? null : engine.backups.addLocation(input.connectionId, path, { signal });
  }),
  removeLocation: of.removeLocation.handler(async ({ context, input, signal }) => {
    await context.engine.backups.removeLocation(input.connectionId, input.locationId, { signal });
    return null;
  }),
  setClientFolder: of.setClientFolder.handler(async ({ context, input, signal }) => {
    const { engine } = context;
    const { folders } = engine.host;
    if (folders !== null && input.path !== null)
      throw new EngineError('BAD_INPUT', 'The folder is chosen in a dialog here.', null);
    const path = folders === null ? input.path : await folders.choose('clients');
    if (path === null) return false;
    await engine.backups.setClientFolder(input.connectionId, path, { signal });
    return true;
  }),
  forgetClientFolder: of.forgetClientFolder.handler(({ context, input }) => {
    context.engine.backups.forgetClientFolder(input.connectionId);
    return null;
  }),
  openFolder: of.openFolder.handler(async ({ context, input, signal }) => {
    const { engine } = context;
    const { folders } = engine.host;
    if (folders === null) throw noFolders('a file manager');
    await folders.show(await engine.backups.folderOf(input.connectionId, input.backupId, { signal }));
    return null;
  }),
  adopt: of.adopt.handler(({ context, input }) =>
    context.engine.backups.adopt(input.connectionId, input.backupId),
  ),
  recoveryPlan: of.recoveryPlan.handler(({ context, input, signal }) =>
    context.engine.backups.recoveryPlan(input.connectionId, input.format, { signal }),
  ),
  saveRecoveryPlan: of.saveRecoveryPlan.handler(({ context, input, signal }) => {
    const { connectionId, format } = input;
    const { engine } = context;
    if (format !== 'pdf')
      return saveRendered(engine.host, () => engine.backups.recoveryPlan(connectionId, format, { signal }));
    return saveAsPdf(context.engine.host, () =>
      engine.backups.recoveryPlan(connectionId, 'html', { signal }),
    );
  }),
});

function noFolders(what: string): EngineError {
  return new EngineError(
    'BAD_INPUT',
    `This host has no ${what.replace(/^an? /, '')}.`,
    'Use the desktop app, or pgvitals backup --location on the command line.',
  );
}
