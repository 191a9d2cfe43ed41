import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import type { BackupPlanPreview, PlannedRemoval } from '#shared/model/backup.ts';
import { formatBytes, formatCountOf, formatDuration } from '#shared/model/format.ts';
import { PreflightList } from '#renderer/app/plan/PreflightList.tsx';
import { Section } from '#renderer/app/plan/Section.tsx';
import { prose } from '#renderer/components/ObjectName.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';
import { type MarkedWord, RISK_MARK, RISK_WORD } from '#renderer/state/words.ts';

/** Everything that is known of a restore or a removal before it runs, in the order of every other change. */
export function BackupPlanView({ preview }: { readonly preview: BackupPlanPreview }): ReactElement {
  const { target, steps, sql, preflight, removes, keeps, freedBytes, estimateMs, undo } = preview;
  return (
    <>
      <Section title="What changes">
        <p>
          <SeverityMark {...riskInWords(preview)} />
          {freedBytes !== null && freedBytes > 0 && ` · frees ${formatBytes(freedBytes)}`}
          {estimateMs !== null && ` · takes about ${formatDuration(estimateMs)}`}
        </p>
        {target.length > 0 && (
          <Facts>
            {target.map(({ label, value }) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{prose(value)}</dd>
              </div>
            ))}
          </Facts>
        )}
      </Section>
      <Section title="Steps">
        <Steps>
          {steps.map((step) => (
            <li key={step} dir="auto">
              {prose(step)}
            </li>
          ))}
        </Steps>
      </Section>
      {removes.length > 0 && (
        <Section title="Goes">
          <Removals label="Backups that go" removals={removes} />
        </Section>
      )}
      {keeps.length > 0 && (
        <Section title="Stays">
          <Removals label="Backups that stay" removals={keeps} />
        </Section>
      )}
      {sql.length > 0 && (
        <Section title="SQL">
          <SqlBlock statements={sql} label="SQL of the change" />
        </Section>
      )}
      {preflight.length > 0 && (
        <Section title="Looked at first">
          <PreflightList preflight={preflight} />
        </Section>
      )}
      <Section title="Undo">
        <p dir="auto">{prose(undo)}</p>
      </Section>
    </>
  );
}

/** A removal locks nothing: what counts is whether it can be had back. */
function riskInWords({ kind, risk }: BackupPlanPreview): MarkedWord {
  if (kind !== 'delete' && kind !== 'prune') return { mark: RISK_MARK[risk], word: RISK_WORD[risk] };
  return risk === 'R3' || risk === 'R4'
    ? { mark: 'high', word: 'Files on this computer, some of them deleted for good' }
    : { mark: 'low', word: 'Files on this computer, into the trash' };
}

interface RemovalsProps {
  readonly label: string;
  readonly removals: readonly PlannedRemoval[];
}

function Removals({ label, removals }: RemovalsProps): ReactElement {
  const bytes = removals.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  return (
    <>
      <Scrolled tabIndex={0} role="region" aria-label={label}>
        <PlainTable>
          <thead>
            <tr>
              <th scope="col">Backup</th>
              <th scope="col">Why</th>
              <th scope="col" className="number">
                Size
              </th>
            </tr>
          </thead>
          <tbody>
            {removals.map(({ id, title, sizeBytes, reason }) => (
              <tr key={id}>
                <td dir="auto">{prose(title)}</td>
                <td dir="auto">{prose(reason)}</td>
                <td className="number">{formatBytes(sizeBytes)}</td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      </Scrolled>
      {removals.length > 1 && (
        <p className="quiet">
          {formatCountOf(removals.length, 'backup')}, {formatBytes(bytes)}
        </p>
      )}
    </>
  );
}

const Scrolled = styled('div')({ maxHeight: 220, overflow: 'auto' });

const Steps = styled('ol')({
  margin: 0,
  paddingInlineStart: 18,
  display: 'grid',
  gap: 3,
  overflowWrap: 'anywhere',
});

const Facts = styled('dl')(({ theme }) => ({
  margin: 0,
  display: 'grid',
  gap: 2,
  '& > div': { display: 'grid', gridTemplateColumns: '132px minmax(0, 1fr)', gap: 8 },
  '& dt': { color: theme.vars.palette.text.secondary },
  '& dd': { margin: 0, overflowWrap: 'anywhere' },
}));
