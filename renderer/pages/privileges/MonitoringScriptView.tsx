import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import { formatCountOf } from '#shared/model/format.ts';
import type { MonitoringScript } from '#shared/model/privileges.ts';
import { useCheckTitles } from '#renderer/app/use-check-titles.ts';
import { Fold } from '#renderer/components/Fold.tsx';
import { GrantNotice } from '#renderer/components/GrantNotice.tsx';
import { prose } from '#renderer/components/ObjectName.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { CodeBlock } from '#renderer/components/SqlBlock.tsx';

/** The script, what to do with it, how to take it back, and what it leaves closed. */
export function MonitoringScriptView({ made }: { readonly made: MonitoringScript }): ReactElement {
  const { script, undo, steps, hbaLine, warnings, closed } = made;
  const titleOf = useCheckTitles();
  return (
    <>
      {warnings.map((warning) => (
        <GrantNotice key={warning}>
          <span dir="auto">{prose(warning)}</span>
        </GrantNotice>
      ))}
      <Panel title="How to make it">
        <Steps>
          {steps.map((step) => (
            <li key={step} dir="auto">
              {prose(step)}
            </li>
          ))}
        </Steps>
        {script !== null && <CodeBlock text={script} label="Script for psql" />}
        {hbaLine !== null && (
          <Line>
            <h3>Line for pg_hba.conf</h3>
            <CodeBlock text={hbaLine} label="Line for pg_hba.conf" />
          </Line>
        )}
      </Panel>
      {undo !== null && (
        <Fold title="How to take it back">
          <CodeBlock text={undo} label="Script that takes it back" />
        </Fold>
      )}
      <Panel title="What stays closed">
        <List>
          {closed.map(({ name, why, checks }) => (
            <li key={name}>
              <strong>{name}.</strong> {why}{' '}
              {checks.length > 0 && (
                <span className="quiet">
                  {formatCountOf(checks.length, 'check')} {checks.length === 1 ? 'looks' : 'look'} at it:{' '}
                  {checks.map(titleOf).join(', ')}.
                </span>
              )}
            </li>
          ))}
        </List>
      </Panel>
    </>
  );
}

const Steps = styled('ol')({
  margin: '0 0 12px',
  paddingInlineStart: 22,
  display: 'grid',
  gap: 4,
  overflowWrap: 'anywhere',
});

const Line = styled('div')(({ theme }) => ({
  marginTop: 12,
  '& h3': { ...theme.typography.h3, margin: '0 0 4px' },
}));

const List = styled('ul')(({ theme }) => ({
  margin: 0,
  paddingInlineStart: 18,
  display: 'grid',
  gap: 6,
  overflowWrap: 'anywhere',
  '& strong': { fontWeight: 600 },
  '& .quiet': { color: theme.vars.palette.text.secondary },
}));
