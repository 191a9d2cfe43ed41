import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import Typography from '@mui/material/Typography';
import { type FormEvent, type ReactElement, useRef, useState } from 'react';
import type { ConnectionInput } from '#shared/contract/connections.ts';
import type { ConnectionUnderstood } from '#shared/model/connection.ts';
import type { UserError } from '#shared/model/error-codes.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { useProfiles } from '#renderer/api/profiles.ts';
import { Panel } from '#renderer/components/Panel.tsx';
import { type AddressForm, inputOfAddress, NEW_ADDRESS } from './address-form.ts';
import { AddressFields } from './AddressFields.tsx';
import { DemoPanel } from './DemoPanel.tsx';
import { DiagnosisSteps } from './DiagnosisSteps.tsx';
import { isLoginQuestion, type LoginAnswer, LoginQuestion, withAnswer } from './LoginQuestion.tsx';
import { SavedConnections } from './SavedConnections.tsx';
import { SaveDialog } from './SaveDialog.tsx';
import { OpenConnections } from './OpenConnections.tsx';
import { SourcesPanel } from './SourcesPanel.tsx';
import { useUnderstood } from './use-understood.ts';
import { useDiagnosis } from './use-diagnosis.ts';
import { useOpenConnection } from './use-open-connection.ts';

/** How do I get in? Any URL, separate fields, or the demo; where it fails, which step and what to do. */
export function ConnectPage(): ReactElement {
  const fresh = useRef<HTMLDivElement>(null);
  return (
    <Box sx={{ p: 3, display: 'grid', gap: 2, maxWidth: 1120, width: '100%', boxSizing: 'border-box' }}>
      <div>
        <Typography variant="h1">Connect to a database</Typography>
        <Typography sx={{ color: 'text.secondary' }}>
          PgVitals reads the catalog and the statistics of one database, and changes nothing.
        </Typography>
      </div>
      <Box
        sx={{
          display: 'grid',
          gap: 2,
          gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'minmax(0, 1fr) 320px' },
          alignItems: 'start',
        }}
      >
        <Box sx={{ display: 'grid', gap: 2, minWidth: 0 }}>
          <SavedConnections onNew={() => showNew(fresh.current)} />
          <div ref={fresh}>
            <ConnectPanel />
          </div>
        </Box>
        <Box sx={{ display: 'grid', gap: 2 }}>
          <OpenConnections />
          <SourcesPanel />
          <DemoPanel />
          <Manners />
        </Box>
      </Box>
    </Box>
  );
}

function showNew(panel: HTMLElement | null): void {
  panel?.scrollIntoView();
  panel?.querySelector<HTMLElement>('input, textarea')?.focus({ preventScroll: true });
}

const WORDS = {
  line: 'URL',
  hint: 'Any driver’s URL works: postgresql://, postgresql+asyncpg://, jdbc:postgresql://, Prisma, or host=… dbname=…',
  passphrase: 'sslpassword; asked for if the key needs one',
};

function ConnectPanel(): ReactElement {
  const [form, setForm] = useState(NEW_ADDRESS);
  const [answers, setAnswers] = useState<LoginAnswer>({});
  const [question, setQuestion] = useState<UserError | null>(null);
  const diagnosis = useDiagnosis();
  const open = useOpenConnection();
  const { data: list } = useProfiles();
  const understood = useUnderstood(form.way === 'line' ? form.line : '');
  const [saving, setSaving] = useState<ConnectionInput | null>(null);
  const input = withAnswers(inputOfAddress(form), answers);
  const change = (next: AddressForm): void => {
    setForm(next);
    if (next.ssh !== form.ssh || next.settings !== form.settings || next.line !== form.line) setAnswers({});
    // What failed concerned the old input.
    open.reset();
    diagnosis.reset();
  };
  const connect = (event: FormEvent): void => {
    event.preventDefault();
    if (!input) return;
    diagnosis.reset();
    attempt(input);
  };
  const attempt = (given: ConnectionInput): void => {
    open.mutate(given, {
      onError: (reason) => {
        const error = toUserError(reason);
        setQuestion(isLoginQuestion(error) ? error : null);
        if (!isLoginQuestion(error)) void diagnosis.run(given);
      },
    });
  };
  const answer = (more: LoginAnswer): void => {
    const next = withAnswer(answers, more);
    setAnswers(next);
    const given = withAnswers(inputOfAddress(form), next);
    if (given) attempt(given);
  };

  return (
    <AddressFields
      form={form}
      onChange={change}
      keep={[]}
      words={WORDS}
      isFirst={form.way === 'fields' || list?.profiles.length === 0}
      asksPassword
      asksPassphrase
    >
      {(tabs, fields) => (
        <Panel title="New connection" actions={tabs}>
          <Form onSubmit={connect}>
            {fields}
            <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>
              <Button
                type="submit"
                variant="contained"
                size="medium"
                disabled={!input}
                loading={open.isPending}
              >
                Connect
              </Button>
              <Button
                variant="outlined"
                color="inherit"
                size="medium"
                disabled={!input || diagnosis.isRunning}
                onClick={() => input && void diagnosis.run(input)}
              >
                Test the connection
              </Button>
              {list?.canSave && (
                <Button
                  variant="outlined"
                  color="inherit"
                  size="medium"
                  disabled={!input}
                  onClick={() => setSaving(input)}
                >
                  Save…
                </Button>
              )}
            </Box>
            {open.error && !question && (
              <ErrorNotice error={toUserError(open.error)} title="Could not connect" />
            )}
            <DiagnosisSteps diagnosis={diagnosis} />
          </Form>
          {question && (
            <LoginQuestion
              key={question.code + (question.sshHostKey?.host ?? '')}
              error={question}
              isBusy={open.isPending}
              onAnswer={answer}
              onClose={() => setQuestion(null)}
            />
          )}
          {list && saving && (
            <SaveDialog
              start={null}
              isCopy={false}
              input={saving}
              suggestedName={suggestedName(form, understood.data)}
              list={list}
              onClose={() => setSaving(null)}
            />
          )}
        </Panel>
      )}
    </AddressFields>
  );
}

const Form = styled('form')({
  '&, & .fields': { display: 'grid', gap: 16, gridTemplateColumns: 'minmax(0, 1fr)' },
  paddingTop: 8,
});

/** What was asked for on the way counts more than the form. */
function withAnswers(
  input: ConnectionInput | null,
  { ssh, ...answers }: LoginAnswer,
): ConnectionInput | null {
  return input && { ...input, ...answers, ...(input.ssh && { ssh: { ...input.ssh, ...ssh } }) };
}

function suggestedName({ way, settings }: AddressForm, understood: ConnectionUnderstood | undefined): string {
  const [database, host] =
    way === 'line'
      ? [understood?.database, understood?.host]
      : [settings['dbname'] ?? settings['user'], settings['host'] ?? settings['service']];
  return host ? `${database ? `${database} on ` : ''}${host}` : '';
}

function Manners(): ReactElement {
  return (
    <Panel title="A polite guest">
      <Box component="ul" sx={{ m: 0, pl: 2.25, display: 'grid', gap: 0.5, color: 'text.secondary' }}>
        <li>Read-only until you unlock changes; at most five connections to a server</li>
        <li>Never waits more than half a second for a lock</li>
        <li>Refreshes what you look at, for less than 1 % of one core</li>
        <li>Nothing leaves this computer; a password is kept in its keychain or nowhere</li>
      </Box>
    </Panel>
  );
}
