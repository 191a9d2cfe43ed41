import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import Typography from '@mui/material/Typography';
import type { ReactElement, ReactNode } from 'react';
import type { UserError } from '#shared/model/error-codes.ts';
import { CopyButton } from './CopyButton.tsx';
import { prose } from './ObjectName.tsx';
import { SeverityMark } from './SeverityMark.tsx';

interface Props {
  readonly error: UserError;
  /** What could not be done: "Indexes could not be read". */
  readonly title?: string;
  readonly onRetry?: (() => void) | undefined;
  /** Where trying again is something with a name of its own. */
  readonly retryLabel?: string;
  /** For a notice that stays until it is read. */
  readonly onDismiss?: () => void;
  readonly children?: ReactNode;
}

/** What failed, why, and the next step; the rest of the page stays usable. */
export function ErrorNotice(props: Props): ReactElement {
  const { error, title, onRetry, retryLabel = 'Try again', onDismiss, children } = props;
  const codes = [
    error.code,
    error.sqlState && `SQLSTATE ${error.sqlState}`,
    error.logId && `log ${error.logId}`,
  ];
  return (
    <Root role="alert">
      <SeverityMark mark="critical" isShapeOnly size={18} word="Error" />
      <div>
        {title && (
          <Typography variant="h3" component="p">
            {title}
          </Typography>
        )}
        <Typography sx={{ overflowWrap: 'anywhere' }} dir="auto">
          {prose(error.message)}
        </Typography>
        {error.nextStep && (
          <Typography sx={{ overflowWrap: 'anywhere' }} dir="auto">
            {prose(error.nextStep)}
          </Typography>
        )}
        <Typography variant="caption" sx={{ color: 'text.secondary' }}>
          {codes.filter(Boolean).join(' · ')}
        </Typography>
        {children}
        <Actions>
          {onRetry && (
            <Button variant="outlined" color="inherit" onClick={onRetry}>
              {retryLabel}
            </Button>
          )}
          <CopyButton text={() => detailsOf(error, title)} what="error details" label="Copy details" />
          {onDismiss && (
            <Button color="inherit" onClick={onDismiss}>
              Dismiss
            </Button>
          )}
        </Actions>
      </div>
    </Root>
  );
}

function detailsOf(error: UserError, title: string | undefined): string {
  return [
    title,
    error.message,
    error.nextStep,
    `code: ${error.code}`,
    error.sqlState && `SQLSTATE: ${error.sqlState}`,
    error.logId && `log: ${error.logId}`,
  ]
    .filter(Boolean)
    .join('\n');
}

const Root = styled('div')(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: 'auto 1fr',
  alignItems: 'start',
  gap: 12,
  padding: 12,
  border: `1px solid ${theme.vars.palette.severity.critical}`,
  borderRadius: 6,
  background: theme.vars.palette.background.paper,
}));

const Actions = styled('div')({ display: 'flex', gap: 8, marginTop: 8, flexWrap: 'wrap' });
