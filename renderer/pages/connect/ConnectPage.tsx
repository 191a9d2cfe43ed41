import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import Typography from '@mui/material/Typography';
import { type FormEvent, type ReactElement, useState } from 'react';
import type { ConnectionInput } from '#shared/contract/connections.ts';
import type { UserError } from '#shared/model/error-codes.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { useProfiles } from '#renderer/api/profiles.ts';
import { Panel } from '#renderer/components/Panel.tsx';
import { DemoPanel } from './DemoPanel.tsx';
import { DiagnosisSteps } from './DiagnosisSteps.tsx';
import { FieldsForm, type Fields, START_FIELDS, inputOfFields } from './FieldsForm.tsx';
import { SavedConnections } from './SavedConnections.tsx';
import { SaveDialog } from './SaveDialog.tsx';
import { OpenConnections } from './OpenConnections.tsx';
import { inputOfSsh, NO_SSH, SshFields, type SshForm } from './SshFields.tsx';
import { isSshQuestion, type SshAnswer, SshQuestion } from './SshQuestion.tsx';
import { SourcesPanel } from './SourcesPanel.tsx';
import { UrlForm } from './UrlForm.tsx';
import { useUnderstood } from './use-understood.ts';
import { useDiagnosis } from './use-diagnosis.ts';
import { useOpenConnection } from './use-open-connection.ts';

type Way = 'url' | 'fields';

/** How do I get in? Any URL, separate fields, or the demo; where it fails, which step and what to do. */
export function ConnectPage(): ReactElement {
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
          <SavedConnections />
          <ConnectPanel />
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

function ConnectPanel(): ReactElement {
  const [way, setWay] = useState<Way>('url');
  const [text, setText] = useState('');
  const [password, setPassword] = useState('');
  const [fields, setFields] = useState<Fields>(START_FIELDS);
  const [ssh, setSsh] = useState<SshForm>(NO_SSH);
  const [answers, setAnswers] = useState<SshAnswer>({});
  const [question, setQuestion] = useState<UserError | null>(null);
  const diagnosis = useDiagnosis();
  const open = useOpenConnection();
  const { data: list } = useProfiles();
  const understood = useUnderstood(text);
  const suggestion = way === 'url' ? understood.data : fields;
  const suggestedName = suggestion ? `${suggestion.database} on ${suggestion.host}` : '';
  const [saving, setSaving] = useState<ConnectionInput | null>(null);

  const address = way === 'url' ? inputOfText(text, password) : inputOfFields(fields);
  const hop = inputOfSsh(ssh);
  const input: ConnectionInput | null =
    address === null || hop === undefined
      ? null
      : hop === null
        ? address
        : { ...address, ssh: { ...hop, ...answers } };
  const change = (apply: () => void): void => {
    apply();
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
    setQuestion(null);
    open.mutate(given, {
      onError: (reason) => {
        const error = toUserError(reason);
        if (isSshQuestion(error)) setQuestion(error);
        else void diagnosis.run(given);
      },
    });
  };
  const answer = (more: SshAnswer): void => {
    const next = { ...answers, ...more };
    setAnswers(next);
    if (address !== null && hop) attempt({ ...address, ssh: { ...hop, ...next } });
  };

  return (
    <Panel
      title="New connection"
      actions={
        <Tabs
          value={way}
          onChange={(_, value: Way) => change(() => setWay(value))}
          aria-label="Way to connect"
        >
          <Tab value="url" label="URL" id="way-url" aria-controls="way-panel" />
          <Tab value="fields" label="Fields" id="way-fields" aria-controls="way-panel" />
        </Tabs>
      }
    >
      <div role="tabpanel" id="way-panel" aria-labelledby={`way-${way}`}>
        <Box component="form" onSubmit={connect} sx={{ display: 'grid', gap: 2, pt: 1 }}>
          {way === 'url' ? (
            <UrlForm
              text={text}
              password={password}
              isFirst={list?.profiles.length === 0}
              onText={(value) => change(() => setText(value))}
              onPassword={(value) => change(() => setPassword(value))}
            />
          ) : (
            <FieldsForm fields={fields} onChange={(value) => change(() => setFields(value))} />
          )}
          <SshFields
            form={ssh}
            onChange={(form) =>
              change(() => {
                setSsh(form);
                setAnswers({});
              })
            }
          />
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
        </Box>
        {question && (
          <SshQuestion
            key={question.code + (question.sshHostKey?.host ?? '')}
            error={question}
            isBusy={open.isPending}
            onAnswer={answer}
            onClose={() => setQuestion(null)}
          />
        )}
        {list && saving && (
          <SaveDialog
            profile={null}
            input={saving}
            suggestedName={suggestedName}
            list={list}
            onClose={() => setSaving(null)}
          />
        )}
      </div>
    </Panel>
  );
}

function inputOfText(text: string, password: string): ConnectionInput | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  return password === '' ? { text: trimmed } : { text: trimmed, password };
}

function Manners(): ReactElement {
  return (
    <Panel title="A polite guest">
      <Box component="ul" sx={{ m: 0, pl: 2.25, display: 'grid', gap: 0.5, color: 'text.secondary' }}>
        <li>Read-only sessions, at most two connections</li>
        <li>Never waits more than half a second for a lock</li>
        <li>Stops by itself; polls nothing</li>
        <li>Nothing leaves this computer; a password is kept in its keychain or nowhere</li>
      </Box>
    </Panel>
  );
}
