import CheckIcon from '@mui/icons-material/Check';
import CopyIcon from '@mui/icons-material/ContentCopy';
import ErrorIcon from '@mui/icons-material/ErrorOutlineOutlined';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import { type ReactElement, useEffect, useState } from 'react';
import { announce } from './LiveRegion.tsx';

interface Props {
  /** Made when it is asked for: a table of 50,000 rows is not turned into text at every render. */
  readonly text: string | (() => string | Promise<string>);
  /** What is copied: "SQL", "table as CSV". */
  readonly what: string;
  /** A button with words instead of the icon alone. */
  readonly label?: string;
}

type State = 'idle' | 'copied' | 'failed';

/** Copies text and says so, to the eye and to a screen reader. */
export function CopyButton({ text, what, label }: Props): ReactElement {
  const [state, setState] = useState<State>('idle');

  useEffect(() => {
    if (state === 'idle') return;
    const timer = window.setTimeout(() => setState('idle'), 2000);
    return () => window.clearTimeout(timer);
  }, [state]);

  const copy = (): void => {
    void (async () => navigator.clipboard.writeText(typeof text === 'string' ? text : await text()))().then(
      () => {
        setState('copied');
        announce(`Copied ${what}`);
      },
      () => {
        setState('failed');
        announce(`Could not copy ${what}`);
      },
    );
  };

  const icon = ICONS[state];
  if (label !== undefined) {
    return (
      <Button variant="outlined" color="inherit" startIcon={icon} onClick={copy}>
        {label}
      </Button>
    );
  }
  return (
    <Tooltip title={TITLES[state] ?? `Copy ${what}`}>
      <IconButton aria-label={`Copy ${what}`} onClick={copy}>
        {icon}
      </IconButton>
    </Tooltip>
  );
}

const ICONS: Readonly<Record<State, ReactElement>> = {
  idle: <CopyIcon fontSize="small" />,
  copied: <CheckIcon fontSize="small" />,
  failed: <ErrorIcon fontSize="small" />,
};
const TITLES: Partial<Record<State, string>> = { copied: 'Copied', failed: 'Could not copy' };
