import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import type { ReactElement, ReactNode } from 'react';
import type { PlanChange, PlanComparison, PlanPair } from '#shared/model/statement-plans.ts';
import type { PlanNode } from '#shared/model/queries.ts';
import { formatCount } from '#shared/model/format.ts';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { Scroller } from '#renderer/components/Scroller.tsx';
import { type Mark, SeverityMark } from '#renderer/components/SeverityMark.tsx';

const WORDS: Readonly<Record<PlanChange, { readonly word: string; readonly mark: Mark }>> = {
  same: { word: 'Same', mark: 'pass' },
  figures: { word: 'Other figures', mark: 'info' },
  type: { word: 'Another way', mark: 'medium' },
  left: { word: 'Left only', mark: 'low' },
  right: { word: 'Right only', mark: 'low' },
};

/** Narrower windows have the right node under the left one. */
const SIDE_BY_SIDE = '(min-width: 900px)';

/** The nodes of both plans, those that do the same in one line. */
export function PlanPairs({ comparison: { pairs } }: { readonly comparison: PlanComparison }): ReactElement {
  const isWide = useMediaQuery(SIDE_BY_SIDE);
  const isMeasured = pairs.some(({ left, right }) => (left ?? right)?.actualRows !== null);
  return (
    <Scroller role="region" aria-label="Nodes of both plans" tabIndex={0}>
      <PlainTable>
        <thead>
          <tr>
            <th scope="col">{isWide ? 'Left' : 'Left, right'}</th>
            {isWide && <Figures isMeasured={isMeasured} />}
            {isWide && <th scope="col">Right</th>}
            <Figures isMeasured={isMeasured} />
            <th scope="col">Difference</th>
          </tr>
        </thead>
        <tbody>
          {pairs.map((pair, at) => (
            <tr key={at}>
              {isWide ? (
                <>
                  <Name nodes={[pair.left]} />
                  <Values nodes={[pair.left]} isMeasured={isMeasured} />
                  <Name nodes={[pair.right]} />
                  <Values nodes={[pair.right]} isMeasured={isMeasured} />
                </>
              ) : (
                <>
                  <Name nodes={[pair.left, pair.right]} />
                  <Values nodes={[pair.left, pair.right]} isMeasured={isMeasured} />
                </>
              )}
              <td style={TOP}>
                <Difference pair={pair} />
              </td>
            </tr>
          ))}
        </tbody>
      </PlainTable>
    </Scroller>
  );
}

const TOP = { verticalAlign: 'top', whiteSpace: 'nowrap' } as const;

function Figures({ isMeasured }: { readonly isMeasured: boolean }): ReactElement {
  return (
    <>
      <th scope="col" className="number">
        Cost
      </th>
      <th scope="col" className="number">
        Rows expected
      </th>
      {isMeasured && (
        <th scope="col" className="number">
          Rows
        </th>
      )}
    </>
  );
}

type Nodes = readonly (PlanNode | null)[];

function Name({ nodes }: { readonly nodes: Nodes }): ReactElement {
  return (
    <td style={{ verticalAlign: 'top', minWidth: 180 }}>
      {nodes.map((node, at) => (
        <div key={at} style={{ paddingInlineStart: (node?.depth ?? 0) * 14 }}>
          {node === null ? (
            <Quiet>–</Quiet>
          ) : (
            <>
              <strong>{node.type}</strong> {node.on}
              {nodes.length === 1 && node.conditions.map((text) => <Quiet key={text}>{text}</Quiet>)}
            </>
          )}
        </div>
      ))}
    </td>
  );
}

interface ValuesProps {
  readonly nodes: Nodes;
  readonly isMeasured: boolean;
}

function Values({ nodes, isMeasured }: ValuesProps): ReactElement {
  const cell = (of: (node: PlanNode) => number | null): ReactElement => (
    <td className="number" style={{ verticalAlign: 'top' }}>
      {nodes.map((node, at) => {
        const value = node === null ? null : of(node);
        return <div key={at}>{value === null ? '–' : formatCount(Math.round(value))}</div>;
      })}
    </td>
  );
  return (
    <>
      {cell((node) => node.totalCost)}
      {cell((node) => node.estimatedRows)}
      {isMeasured && cell((node) => node.actualRows)}
    </>
  );
}

function Difference({ pair: { left, right, change } }: { readonly pair: PlanPair }): ReactElement {
  const { word, mark } = WORDS[change];
  const cost = left && right ? right.totalCost - left.totalCost : 0;
  return (
    <>
      <SeverityMark mark={mark} size={14} word={word} />
      {Math.round(cost) !== 0 && (
        <Quiet>
          cost {cost > 0 ? '+' : '−'}
          {formatCount(Math.abs(Math.round(cost)))}
        </Quiet>
      )}
    </>
  );
}

function Quiet({ children }: { readonly children: ReactNode }): ReactElement {
  return (
    <Typography variant="caption" component="div" sx={{ color: 'text.secondary' }}>
      {children}
    </Typography>
  );
}
