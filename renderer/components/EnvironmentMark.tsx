import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import { type Environment, ENVIRONMENT_WORDS } from '#shared/model/profile.ts';

/** What a connection is for, in a word; the colour only repeats it. */
export function EnvironmentMark({ environment }: { readonly environment: Environment }): ReactElement {
  return <Root className={environment}>{ENVIRONMENT_WORDS[environment]}</Root>;
}

const Root = styled('span')(({ theme }) => ({
  flex: 'none',
  padding: '0 7px',
  borderRadius: 4,
  border: '1px solid',
  fontSize: '0.6875rem',
  lineHeight: '18px',
  fontWeight: 650,
  whiteSpace: 'nowrap',
  ...Object.fromEntries(
    Object.entries(theme.vars.palette.environment).map(([name, { text, background, border }]) => [
      `&.${name}`,
      { color: text, background, borderColor: border },
    ]),
  ),
}));
