import MoreIcon from '@mui/icons-material/MoreVertOutlined';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { styled } from '@mui/material/styles';
import { type ReactElement, type ReactNode, useState } from 'react';
import { useNavigate } from 'react-router';
import { formatAgo } from '#shared/model/format.ts';
import type { ProfileList, ProfileRow } from '#shared/model/profile.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { useProfiles } from '#renderer/api/profiles.ts';
import { pageAddress } from '#renderer/app/addresses.ts';
import { useNow } from '#renderer/app/use-now.ts';
import { EnvironmentMark } from '#renderer/components/EnvironmentMark.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { GrantNotice } from '#renderer/components/GrantNotice.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { DiagnosisSteps } from './DiagnosisSteps.tsx';
import { ExchangeMenu } from './ExchangeMenu.tsx';
import { isLoginQuestion, LoginQuestion } from './LoginQuestion.tsx';
import { RemoveDialog } from './RemoveDialog.tsx';
import { RowList } from './RowList.tsx';
import { SaveDialog } from './SaveDialog.tsx';
import { SecretDialog } from './SecretDialog.tsx';
import { useDiagnosis } from './use-diagnosis.ts';
import { useOpenProfile } from './use-open-profile.ts';

type Change = 'edit' | 'copy' | 'remove';

/** So few are seen at a glance. */
const FEW = 6;

interface Props {
  /** Goes to where a new one is made, below a long list. */
  readonly onNew: () => void;
}

/** Connections by name: open, edit, duplicate, remove, hand on. Nothing where nothing can be kept. */
export function SavedConnections({ onNew }: Props): ReactElement | null {
  const { data: list, error, refetch } = useProfiles();
  if (error)
    return (
      <ErrorNotice
        error={toUserError(error)}
        title="The saved connections could not be read"
        onRetry={() => void refetch()}
      />
    );
  if (!list || (!list.canSave && list.problem === null)) return null;
  return <Saved list={list} onNew={onNew} />;
}

function Saved({ list, onNew }: Props & { readonly list: ProfileList }): ReactElement {
  const [filter, setFilter] = useState('');
  const [change, setChange] = useState<{
    readonly kind: Change;
    readonly profile: ProfileRow;
  } | null>(null);
  /** Whose outcome is shown, below it. */
  const [triedId, setTriedId] = useState<string | null>(null);
  const diagnosis = useDiagnosis();
  const open = useOpenProfile(diagnosis);
  const words = filter.trim().toLowerCase();
  const shown = list.profiles.filter((profile) =>
    `${profile.name} ${profile.group ?? ''} ${profile.environment} ${profile.address}`
      .toLowerCase()
      .includes(words),
  );
  const groups = Map.groupBy(shown, ({ group }) => group);
  return (
    <Panel
      title="Saved connections"
      actions={
        <Actions>
          {list.profiles.length > FEW && (
            <FilterField label="Filter connections" value={filter} onChange={setFilter} />
          )}
          {list.profiles.length > FEW && (
            <Button variant="outlined" color="inherit" onClick={onNew}>
              New…
            </Button>
          )}
          <ExchangeMenu list={list} />
        </Actions>
      }
    >
      {list.problem !== null && <GrantNotice>{list.problem}</GrantNotice>}
      {list.profiles.length === 0 && list.problem === null && (
        <Empty>None yet. “Save…” below keeps a connection under a name, without its password.</Empty>
      )}
      {list.profiles.length > 0 && shown.length === 0 && (
        <Empty>No saved connection holds these words.</Empty>
      )}
      {[...groups].map(([group, profiles]) => (
        <Group key={group ?? ''}>
          {(group !== null || groups.size > 1) && <h3>{group ?? 'Without a group'}</h3>}
          <RowList>
            {profiles.map((profile) => (
              <Row
                key={profile.id}
                profile={profile}
                isBusy={open.busyId === profile.id}
                canChange={list.canSave}
                onOpen={() => {
                  setTriedId(profile.id);
                  open.open(profile);
                }}
                onTest={() => {
                  setTriedId(profile.id);
                  open.reset();
                  void diagnosis.run({ id: profile.id });
                }}
                onChange={(kind) => setChange({ kind, profile })}
              >
                {profile.id === triedId && (
                  <>
                    {open.error && (
                      <ErrorNotice error={open.error} title={`Could not connect to ${profile.name}`} />
                    )}
                    <DiagnosisSteps diagnosis={diagnosis} />
                  </>
                )}
              </Row>
            ))}
          </RowList>
        </Group>
      ))}
      {open.asked && isLoginQuestion(open.asked.error) && (
        <LoginQuestion
          key={open.asked.error.code + (open.asked.error.sshHostKey?.host ?? '')}
          error={open.asked.error}
          isBusy={open.busyId !== null}
          onAnswer={(answer) => open.answer(answer, list.canStorePasswords)}
          onClose={open.dismiss}
        />
      )}
      {open.asked && !isLoginQuestion(open.asked.error) && (
        <SecretDialog
          title={`Password for ${open.asked.profile.name}`}
          label="Password"
          canStore={list.canStorePasswords}
          isBusy={open.busyId !== null}
          error={open.asked.error.code === 'PASSWORD_REQUIRED' ? null : open.asked.reason}
          onSecret={open.answerPassword}
          onClose={open.dismiss}
        >
          <bdi dir="ltr">{open.asked.profile.address}</bdi>
        </SecretDialog>
      )}
      {change && change.kind !== 'remove' && (
        <SaveDialog
          start={change.kind === 'copy' ? copyOf(change.profile, list) : change.profile}
          isCopy={change.kind === 'copy'}
          input={null}
          suggestedName=""
          list={list}
          onClose={() => setChange(null)}
        />
      )}
      {change?.kind === 'remove' && <RemoveDialog profile={change.profile} onClose={() => setChange(null)} />}
    </Panel>
  );
}

interface RowProps {
  readonly profile: ProfileRow;
  readonly isBusy: boolean;
  readonly canChange: boolean;
  readonly onOpen: () => void;
  readonly onTest: () => void;
  readonly onChange: (kind: Change) => void;
  /** What came of trying it. */
  readonly children: ReactNode;
}

const TICK_MS = 60_000;

function Row({ profile, isBusy, canChange, onOpen, onTest, onChange, children }: RowProps): ReactElement {
  const { name, environment, address, lastAudit, lastUsedAt, connectionId, notes } = profile;
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const navigate = useNavigate();
  const nowMs = useNow(TICK_MS);
  const ago = (at: string): string => formatAgo(Math.max(0, nowMs - Date.parse(at)));
  const choose = (act: () => void) => (): void => {
    setAnchor(null);
    act();
  };
  return (
    <li title={notes || undefined}>
      <div className="name">
        <bdi>{visible(name)}</bdi>
        <EnvironmentMark environment={environment} />
      </div>
      <span className="facts">
        <bdi dir="ltr">{visible(address)}</bdi>
        <span>
          {lastAudit ? `grade ${lastAudit.grade}, audited ${ago(lastAudit.at)}` : 'not audited yet'}
          {lastUsedAt !== null && ` · opened ${ago(lastUsedAt)}`}
        </span>
      </span>
      <div className="buttons">
        {connectionId === null ? (
          <Button variant="outlined" loading={isBusy} onClick={onOpen} aria-label={`Connect to ${name}`}>
            Connect
          </Button>
        ) : (
          <Button
            variant="outlined"
            color="inherit"
            onClick={() => void navigate(pageAddress(connectionId, 'overview'))}
            aria-label={`Show ${name}`}
          >
            Show
          </Button>
        )}
        <IconButton
          aria-label={`More for ${name}`}
          aria-haspopup="menu"
          onClick={(event) => setAnchor(event.currentTarget)}
        >
          <MoreIcon fontSize="small" />
        </IconButton>
        <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
          <MenuItem onClick={choose(onTest)}>Test the connection</MenuItem>
          <MenuItem disabled={!canChange} onClick={choose(() => onChange('edit'))}>
            Edit…
          </MenuItem>
          <MenuItem disabled={!canChange} onClick={choose(() => onChange('copy'))}>
            Duplicate…
          </MenuItem>
          <MenuItem disabled={!canChange} onClick={choose(() => onChange('remove'))}>
            Remove…
          </MenuItem>
        </Menu>
      </div>
      {children && <div className="tried">{children}</div>}
    </li>
  );
}

/** Its own name is taken. */
function copyOf(profile: ProfileRow, { profiles }: ProfileList): ProfileRow {
  for (let number = 2; ; number += 1) {
    const name = `${profile.name.slice(0, 72)} (${number})`;
    if (!profiles.some((other) => other.name === name)) return { ...profile, name };
  }
}

const Actions = styled('div')({ display: 'flex', alignItems: 'center', gap: 12, minWidth: 0 });

const Empty = styled('p')(({ theme }) => ({ margin: 0, color: theme.vars.palette.text.secondary }));

const Group = styled('section')(({ theme }) => ({
  '& + &': { marginTop: 12 },
  '& > h3': { ...theme.typography.h3, margin: '0 0 4px', color: theme.vars.palette.text.secondary },
}));
