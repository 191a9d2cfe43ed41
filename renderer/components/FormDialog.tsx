import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { styled } from '@mui/material/styles';
import useMediaQuery from '@mui/material/useMediaQuery';
import { type ReactElement, type ReactNode, useId } from 'react';
import { toUserError } from '#renderer/api/errors.ts';
import { ErrorNotice } from './ErrorNotice.tsx';

interface Props {
  readonly title: string;
  /** What the button says. */
  readonly verb: string;
  /** Why it cannot be pressed; null = it can. */
  readonly reason?: string | null;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly failure: string;
  /** In place of the verb: what has to be done first. */
  readonly before?: ReactNode;
  readonly children: ReactNode;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
}

/** Questions with one verb; on a small window it takes all of it. */
export function FormDialog(props: Props): ReactElement {
  const { title, verb, reason = null, isBusy, error, failure, before, children, onSubmit, onClose } = props;
  const titleId = useId();
  const reasonId = useId();
  const isSmall = useMediaQuery('(max-width: 720px), (max-height: 560px)');
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" fullScreen={isSmall} aria-labelledby={titleId}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          if (reason === null && !isBusy) onSubmit();
        }}
      >
        <DialogTitle id={titleId} sx={{ overflowWrap: 'anywhere', pb: 1 }}>
          {title}
        </DialogTitle>
        <DialogContent
          sx={{ display: 'grid', alignContent: 'start', gap: 2, gridTemplateColumns: 'minmax(0, 1fr)' }}
        >
          {error !== null && <ErrorNotice error={toUserError(error)} title={failure} />}
          {children}
        </DialogContent>
        <DialogActions sx={{ flexWrap: 'wrap', gap: 0.5 }}>
          <span className="reason" id={reasonId}>
            {reason}
          </span>
          <Button color="inherit" onClick={onClose}>
            Cancel
          </Button>
          {before ?? (
            <Button
              type="submit"
              variant="contained"
              disabled={isBusy || reason !== null}
              aria-describedby={reason === null ? undefined : reasonId}
            >
              {verb}
            </Button>
          )}
        </DialogActions>
      </Form>
    </Dialog>
  );
}

const Form = styled('form')(({ theme }) => ({
  display: 'flex',
  flexDirection: 'column',
  minHeight: 0,
  flex: 1,
  '& .reason': {
    ...theme.typography.caption,
    flex: '1 1 160px',
    paddingInlineStart: 16,
    color: theme.vars.palette.text.secondary,
  },
}));
