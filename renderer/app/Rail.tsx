import ConnectIcon from '@mui/icons-material/AddLinkOutlined';
import KeyboardIcon from '@mui/icons-material/KeyboardOutlined';
import ButtonBase from '@mui/material/ButtonBase';
import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import { NavLink } from 'react-router';
import { formatCount } from '#shared/model/format.ts';
import { useLatestAudit } from '../api/queries.ts';
import { isOpenFinding } from '../state/findings.ts';
import { useCurrentConnection } from './current.ts';
import { Logo } from './Logo.tsx';
import { PAGES, type Page } from './pages.tsx';
import { pageAddress } from './addresses.ts';

/** The left rail: pages of the connection in their groups, with the number of findings that concern them. */
export function Rail({ onShortcuts }: { readonly onShortcuts: () => void }): ReactElement {
  const connection = useCurrentConnection();
  return (
    <Root aria-label="Pages">
      <div className="brand">
        <Logo />
        <span className="word">PgVitals</span>
      </div>
      {connection && <PageLinks connectionId={connection.id} />}
      <div className="space" />
      <NavLink to="/connect" className="item" title="Connections">
        <ConnectIcon fontSize="small" />
        <span className="word">Connections</span>
      </NavLink>
      <ButtonBase className="item" onClick={onShortcuts} title="Keyboard shortcuts">
        <KeyboardIcon fontSize="small" />
        <span className="word">Shortcuts</span>
      </ButtonBase>
    </Root>
  );
}

function PageLinks({ connectionId }: { readonly connectionId: string }): ReactElement {
  const { data: audit } = useLatestAudit(connectionId);
  const open = audit?.findings.filter(isOpenFinding) ?? [];
  const groups = Map.groupBy(PAGES, (page) => page.group);
  return (
    <>
      {[...groups].map(([group, pages]) => (
        <div key={group} className="group" role="group" aria-label={group}>
          <div className="title word" aria-hidden>
            {group}
          </div>
          {pages.map((page) => (
            <PageLink
              key={page.path}
              page={page}
              address={pageAddress(connectionId, page.path)}
              count={page.counts && audit ? open.filter(page.counts).length : 0}
            />
          ))}
        </div>
      ))}
    </>
  );
}

interface PageLinkProps {
  readonly page: Page;
  readonly address: string;
  readonly count: number;
}

function PageLink({ page, address, count }: PageLinkProps): ReactElement {
  const Icon = page.icon;
  return (
    <NavLink to={address} className="item" title={page.title}>
      <Icon fontSize="small" />
      <span className="word">{page.title}</span>
      {count > 0 && (
        <span className="count word">
          {formatCount(count)}
          <span className="visually-hidden"> {count === 1 ? 'finding' : 'findings'}</span>
        </span>
      )}
    </NavLink>
  );
}

const Root = styled('nav')(({ theme }) => ({
  display: 'flex',
  flexDirection: 'column',
  gap: 2,
  flex: 'none',
  width: 212,
  padding: 10,
  boxSizing: 'border-box',
  overflow: 'hidden auto',
  background: theme.vars.palette.background.paper,
  borderInlineEnd: `1px solid ${theme.vars.palette.divider}`,
  '& .brand': {
    display: 'flex',
    alignItems: 'center',
    gap: 10,
    padding: '4px 6px 12px',
    fontSize: '0.9375rem',
    fontWeight: 700,
    letterSpacing: '-0.01em',
  },
  '& .group': { display: 'grid', gap: 2, marginBottom: 8 },
  '& .title': {
    ...theme.typography.caption,
    margin: '6px 8px 2px',
    fontWeight: 600,
    color: theme.vars.palette.text.secondary,
  },
  '& .item': {
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'flex-start',
    gap: 10,
    minHeight: 32,
    padding: '0 8px',
    borderRadius: 6,
    fontSize: '0.8125rem',
    fontFamily: 'inherit',
    fontWeight: 500,
    color: theme.vars.palette.text.primary,
    textDecoration: 'none',
  },
  '& .item:hover': { background: theme.vars.palette.row.hover },
  '& .item.active': { background: theme.vars.palette.row.active, fontWeight: 650 },
  '& .item:focus-visible': { outline: `2px solid ${theme.vars.palette.primary.main}`, outlineOffset: -2 },
  '& .count': {
    marginInlineStart: 'auto',
    padding: '0 7px',
    borderRadius: 10,
    fontSize: '0.6875rem',
    lineHeight: '18px',
    fontWeight: 600,
    color: theme.vars.palette.text.primary,
    background: theme.vars.palette.divider,
  },
  '& .space': { flex: 1 },
  // All of it at 1280 × 800.
  '@media (max-height: 860px)': {
    gap: 0,
    '& .brand': { paddingBottom: 8 },
    '& .group': { gap: 0, marginBottom: 6 },
    '& .item': { minHeight: 30 },
  },
  [theme.breakpoints.down(1100)]: {
    width: 54,
    '& .word': { display: 'none' },
    '& .item': { justifyContent: 'center' },
    '& .brand': { padding: '4px 5px 12px' },
  },
}));
