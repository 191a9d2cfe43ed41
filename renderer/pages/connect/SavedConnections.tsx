import MoreIcon from '@mui/icons-material/MoreVertOutlined';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { styled } from '@mui/material/styles';
import { type ReactElement, useState } from 'react';
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
import { PasswordDialog } from './PasswordDialog.tsx';
import { RemoveDialog } from './RemoveDialog.tsx';
import { SaveDialog } from './SaveDialog.tsx';
import { isSshQuestion, SshQuestion } from './SshQuestion.tsx';
import { useDiagnosis } from './use-diagnosis.ts';
import { useOpenProfile } from './use-open-profile.ts';

/** So few are seen at a glance. */
const FEW = 6;

/** Connections by name: open, change, remove, hand on. Nothing where nothing can be kept. */
export function SavedConnections(): ReactElement | null {
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
  return <Saved list={list} />;
}

function Saved({ list }: { readonly list: ProfileList }): ReactElement {
  const [filter, setFilter] = useState('');
  const [change, setChange] = useState<{
    readonly kind: 'edit' | 'remove';
    readonly profile: ProfileRow;
  } | null>(null);
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
        <>
          {list.profiles.length > FEW && (
            <FilterField label="Filter connections" value={filter} onChange={setFilter} />
          )}
          <ExchangeMenu list={list} />
        </>
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
          <ul>
            {profiles.map((profile) => (
              <Row
                key={profile.id}
                profile={profile}
                isBusy={open.busyId === profile.id}
                canChange={list.canSave}
                onOpen={() => open.open(profile)}
                onTest={() => void diagnosis.run({ id: profile.id })}
                onChange={(kind) => setChange({ kind, profile })}
              />
            ))}
          </ul>
        </Group>
      ))}
      <Outcome>
        {open.error && <ErrorNotice error={open.error} title={`Could not connect to ${open.errorName}`} />}
        <DiagnosisSteps diagnosis={diagnosis} />
      </Outcome>
      {open.asked && isSshQuestion(open.asked.error) && (
        <SshQuestion
          key={open.asked.error.code + (open.asked.error.sshHostKey?.host ?? '')}
          error={open.asked.error}
          isBusy={open.busyId !== null}
          onAnswer={(answer) => open.answerSsh(answer, list.canStorePasswords)}
          onClose={open.dismiss}
        />
      )}
      {open.asked && !isSshQuestion(open.asked.error) && (
        <PasswordDialog
          name={open.asked.profile.name}
          address={open.asked.profile.address}
          canStore={list.canStorePasswords}
          isBusy={open.busyId !== null}
          error={open.asked.error.code === 'PASSWORD_REQUIRED' ? null : open.asked.reason}
          onPassword={open.answerPassword}
          onClose={open.dismiss}
        />
      )}
      {change?.kind === 'edit' && (
        <SaveDialog
          profile={change.profile}
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
  readonly onChange: (kind: 'edit' | 'remove') => void;
}

const TICK_MS = 60_000;

function Row({ profile, isBusy, canChange, onOpen, onTest, onChange }: RowProps): ReactElement {
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
      <bdi className="address" dir="ltr">
        {visible(address)}
      </bdi>
      <span className="facts">
        {lastAudit ? `Grade ${lastAudit.grade}, audited ${ago(lastAudit.at)}` : 'Not audited yet'}
        {lastUsedAt !== null && ` · opened ${ago(lastUsedAt)}`}
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
            Change…
          </MenuItem>
          <MenuItem disabled={!canChange} onClick={choose(() => onChange('remove'))}>
            Remove…
          </MenuItem>
        </Menu>
      </div>
    </li>
  );
}

const Outcome = styled('div')({ display: 'grid', gap: 12 });

const Empty = styled('p')(({ theme }) => ({ margin: 0, color: theme.vars.palette.text.secondary }));

const Group = styled('section')(({ theme }) => ({
  '& + &': { marginTop: 12 },
  '& h3': { ...theme.typography.h3, margin: '0 0 4px', color: theme.vars.palette.text.secondary },
  '& ul': {
    margin: '0 0 12px',
    padding: 0,
    listStyle: 'none',
    border: `1px solid ${theme.vars.palette.divider}`,
    borderRadius: 6,
  },
  '& li': {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) auto',
    gap: '2px 16px',
    alignItems: 'center',
    padding: '8px 8px 8px 12px',
  },
  '& li + li': { borderTop: `1px solid ${theme.vars.palette.divider}` },
  '& .name': { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '2px 8px', fontWeight: 600 },
  '& .name, & .address, & .facts': { gridColumn: 1, minWidth: 0, overflowWrap: 'anywhere' },
  '& .facts': { ...theme.typography.caption, color: theme.vars.palette.text.secondary },
  '& .buttons': { gridColumn: 2, gridRow: '1 / span 3', display: 'flex', alignItems: 'center', gap: 4 },
}));
