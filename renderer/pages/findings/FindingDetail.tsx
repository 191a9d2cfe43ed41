import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ReactElement, ReactNode } from 'react';
import type { Finding } from '#shared/model/finding.ts';
import { useChecks } from '#renderer/api/queries.ts';
import { CopyButton } from '#renderer/components/CopyButton.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { EvidenceList } from '#renderer/components/EvidenceList.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { gainText } from '#renderer/components/gain-text.ts';
import { contextOf, prose, visible } from '#renderer/components/ObjectName.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useCheckTitles } from '#renderer/app/use-check-titles.ts';
import { CATEGORY_WORD, CONFIDENCE_WORD, STATUS_WORD } from '#renderer/state/words.ts';

interface Props {
  readonly finding: Finding;
  /** Previews its fix. */
  readonly run?: ReactNode;
}

/** Message, evidence, why, how sure, and what to run with its price and its way back. */
export function FindingDetail({ finding, run }: Props): ReactElement {
  const titleOf = useCheckTitles();
  const { data: checks } = useChecks();
  const check = checks?.find((info) => info.id === finding.check);
  const context = contextOf(finding.object);
  const gain = gainText(finding.gain);
  return (
    <Box component="article" sx={{ display: 'grid', gap: 2.5 }}>
      <div>
        <Box sx={{ display: 'flex', gap: 2, flexWrap: 'wrap', color: 'text.secondary', mb: 0.75 }}>
          <Box component="span" sx={{ color: 'text.primary', fontWeight: 600 }}>
            <SeverityMark mark={finding.severity} />
          </Box>
          <span>{CATEGORY_WORD[finding.category]}</span>
          <span>{STATUS_WORD[finding.status]}</span>
          <code>{finding.check}</code>
        </Box>
        <Typography variant="h1" component="h2">
          {titleOf(finding.check)}
        </Typography>
        <Typography sx={{ mt: 0.5, overflowWrap: 'anywhere' }}>
          <Box component="span" sx={{ color: 'text.secondary' }}>
            {finding.object.kind}{' '}
          </Box>
          <bdi>
            <strong>{visible(finding.object.name)}</strong>
          </bdi>
          {context && (
            <>
              <Box component="span" sx={{ color: 'text.secondary' }}>
                {' '}
                in{' '}
              </Box>
              <bdi>{visible(context)}</bdi>
            </>
          )}
        </Typography>
      </div>
      <Typography sx={{ fontSize: '0.875rem', overflowWrap: 'anywhere' }} dir="auto">
        {prose(finding.message)}
      </Typography>
      <DrawerSection title="Evidence">
        <EvidenceList evidence={finding.evidence} />
        {finding.window && <Note>Covers: {finding.window}</Note>}
        {gain && <Note>Expected gain (an estimate): {gain}</Note>}
      </DrawerSection>
      <DrawerSection title={`How sure: ${CONFIDENCE_WORD[finding.confidence].toLowerCase()}`}>
        <Typography dir="auto">{finding.confidenceReason}</Typography>
      </DrawerSection>
      {check && (
        <DrawerSection title="Why it matters">
          <Typography>{check.why}</Typography>
          <Note>Rule: {check.rule}</Note>
        </DrawerSection>
      )}
      {finding.fix ? (
        <FixView fix={finding.fix} run={run} />
      ) : (
        check && (
          <DrawerSection title="What to do">
            <Typography>{check.remedy}</Typography>
          </DrawerSection>
        )
      )}
      {check && (
        <DrawerSection title="PostgreSQL documentation">
          <Box sx={{ display: 'flex', alignItems: 'center', gap: 0.5 }}>
            <Box component="code" sx={{ typography: 'mono', overflowWrap: 'anywhere' }}>
              {check.docs}
            </Box>
            <CopyButton text={check.docs} what="link to the documentation" />
          </Box>
        </DrawerSection>
      )}
    </Box>
  );
}

function Note({ children }: { readonly children: ReactNode }): ReactElement {
  return (
    <Typography variant="caption" component="p" sx={{ mt: 0.75, color: 'text.secondary' }}>
      {children}
    </Typography>
  );
}
