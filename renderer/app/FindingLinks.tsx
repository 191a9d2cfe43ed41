import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { Finding } from '#shared/model/finding.ts';
import { useLatestAudit } from '../api/queries.ts';
import { SeverityMark } from '../components/SeverityMark.tsx';
import { byImpact, isOpenFinding } from '../state/findings.ts';
import { pageAddress } from './addresses.ts';
import { useCheckTitles } from './use-check-titles.ts';

interface Props {
  readonly connectionId: string;
  readonly isAbout: (finding: Finding) => boolean;
}

/** For drawers: the findings of the last audit about what is open, each a link. */
export function FindingLinks({ connectionId, isAbout }: Props): ReactElement {
  const { data: audit } = useLatestAudit(connectionId);
  const titleOf = useCheckTitles();
  const findings = (audit?.findings ?? []).filter((f) => isOpenFinding(f) && isAbout(f)).toSorted(byImpact);
  return (
    <section>
      <Typography variant="h2" component="h3" sx={{ mb: 0.75 }}>
        Findings
      </Typography>
      {!audit ? (
        <Typography>Not audited yet.</Typography>
      ) : findings.length === 0 ? (
        <Typography>The last audit has no finding about this.</Typography>
      ) : (
        <Box
          component="ul"
          sx={{ m: 0, p: 0, listStyle: 'none', display: 'grid', gap: 0.5, justifyItems: 'start' }}
        >
          {findings.map((finding) => (
            <li key={finding.fingerprint}>
              <Button
                component={Link}
                color="inherit"
                to={pageAddress(
                  connectionId,
                  'findings',
                  new URLSearchParams({ finding: finding.fingerprint }).toString(),
                )}
                startIcon={<SeverityMark mark={finding.severity} isShapeOnly />}
              >
                {titleOf(finding.check)}
              </Button>
            </li>
          ))}
        </Box>
      )}
    </section>
  );
}
