import { graphlib, layout } from '@dagrejs/dagre';
import { styled, useTheme } from '@mui/material/styles';
import { Background, Controls, type Edge, MiniMap, type Node, Position, ReactFlow } from '@xyflow/react';
import { type FocusEvent, type ReactElement, useMemo, useState } from 'react';
import type { DeleteRule, SchemaGraph } from '#shared/model/schema.ts';
import '@xyflow/react/dist/base.css';

interface Props {
  readonly graph: SchemaGraph;
  /** Drawn with a frame. */
  readonly around: number | null;
  readonly onOpen: (oid: number) => void;
}

const NODE_HEIGHT = 30;
/** Below this, names are too small to read: the picture is moved about instead, with a map of the whole beside it. */
const READABLE_ZOOM = 0.8;
/** More than this seldom fit at a readable size. */
const MAPPED_NODES = 25;
/** The longest name that is shown whole. */
const MOST_LETTERS = 28;
const DASHES: Readonly<Record<DeleteRule, string | undefined>> = {
  cascade: undefined,
  'set null': '6 4',
  'set default': '6 4',
  restrict: '2 3',
  'no action': '2 3',
};
const LEGEND: readonly { readonly rule: DeleteRule; readonly word: string }[] = [
  { rule: 'cascade', word: 'cascade: deletes go on to the child' },
  { rule: 'set null', word: 'set null or default' },
  { rule: 'restrict', word: 'restrict or no action: deletes are refused' },
];

/** Tables as boxes in layers, parents on the left; an arrow leads from a child to its parent. */
export function SchemaPicture({ graph, around, onOpen }: Props): ReactElement {
  const { vars } = useTheme();
  const color = (rule: DeleteRule): string =>
    rule === 'cascade'
      ? vars.palette.series.index
      : rule.startsWith('set')
        ? vars.palette.series.toast
        : vars.palette.series.heap;
  const { nodes, edges } = useMemo(() => placed(graph, around), [graph, around]);
  const [pointed, setPointed] = useState<number | null>(null);
  const near = useMemo(() => (pointed === null ? null : nearOf(graph, pointed)), [graph, pointed]);
  return (
    <Frame onFocus={(event: FocusEvent) => setPointed(tableAt(event.target))} onBlur={() => setPointed(null)}>
      <ReactFlow
        nodes={nodes.map((node) => ({ ...node, style: { opacity: near?.has(node.id) === false ? 0.3 : 1 } }))}
        edges={edges.map((edge) => ({
          ...edge,
          style: {
            stroke: color(edge.data?.rule ?? 'no action'),
            strokeDasharray: DASHES[edge.data?.rule ?? 'no action'] ?? '',
            strokeWidth: 1.5,
            opacity: pointed === null || [edge.source, edge.target].includes(String(pointed)) ? 1 : 0.1,
          },
        }))}
        fitView
        fitViewOptions={{ minZoom: READABLE_ZOOM, maxZoom: 1, padding: 0.04 }}
        minZoom={0.1}
        maxZoom={1.6}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        onNodeClick={(_, node) => onOpen(Number(node.id))}
        onNodeMouseEnter={(_, node) => setPointed(Number(node.id))}
        onNodeMouseLeave={() => setPointed(null)}
        onKeyDown={(event) => {
          // The library only selects a node by Enter.
          const oid = tableAt(event.target);
          if (event.key === 'Enter' && oid !== null) onOpen(oid);
        }}
        ariaLabelConfig={{ 'node.a11yDescription.default': 'Enter opens what a delete of its rows reaches.' }}
        proOptions={{ hideAttribution: true }}
      >
        <Background />
        <Controls showInteractive={false} />
        {nodes.length > MAPPED_NODES && (
          <MiniMap
            pannable
            ariaLabel="Map of the whole picture"
            nodeColor={vars.palette.text.secondary}
            maskColor="transparent"
            maskStrokeColor={vars.palette.primary.main}
            maskStrokeWidth={2}
            bgColor={vars.palette.background.paper}
          />
        )}
      </ReactFlow>
      <ul aria-label="Legend">
        {LEGEND.map(({ rule, word }) => (
          <li key={rule}>
            <svg width="34" height="8" aria-hidden>
              <line
                x1="0"
                y1="4"
                x2="34"
                y2="4"
                stroke={color(rule)}
                strokeWidth="2"
                strokeDasharray={DASHES[rule]}
              />
            </svg>
            {word}
          </li>
        ))}
      </ul>
    </Frame>
  );
}

function tableAt(target: EventTarget): number | null {
  const node = target instanceof Element ? target.closest('.react-flow__node') : null;
  return node instanceof HTMLElement ? Number(node.dataset['id']) : null;
}

/** A table and what hangs on it directly, as ids of the picture. */
function nearOf({ edges }: SchemaGraph, oid: number): ReadonlySet<string> {
  const near = new Set([String(oid)]);
  for (const { parent, child } of edges) {
    if (parent === oid) near.add(String(child));
    if (child === oid) near.add(String(parent));
  }
  return near;
}

type RuleEdge = Edge<{ rule: DeleteRule }>;

/** Places by a layered layout: children to the right of what they refer to. */
function placed(graph: SchemaGraph, around: number | null): { nodes: Node[]; edges: RuleEdge[] } {
  const g = new graphlib.Graph();
  g.setGraph({ rankdir: 'LR', nodesep: 12, ranksep: 90 });
  g.setDefaultEdgeLabel(() => ({}));
  const widthOf = (name: string): number => 28 + Math.min(MOST_LETTERS, name.length) * 7.4;
  for (const node of graph.nodes)
    g.setNode(String(node.oid), { width: widthOf(node.name), height: NODE_HEIGHT });
  for (const edge of graph.edges) {
    if (edge.parent !== edge.child) g.setEdge(String(edge.parent), String(edge.child));
  }
  layout(g);
  return {
    nodes: graph.nodes.map((node): Node => {
      const at = g.node(String(node.oid));
      const width = widthOf(node.name);
      return {
        id: String(node.oid),
        position: { x: (at.x ?? 0) - width / 2, y: (at.y ?? 0) - NODE_HEIGHT / 2 },
        data: { label: node.name },
        width,
        height: NODE_HEIGHT,
        sourcePosition: Position.Left,
        targetPosition: Position.Right,
        ariaLabel: `${node.name}${node.oid === around ? ', the table in the middle' : ''}`,
        className: node.oid === around ? 'table around' : 'table',
      };
    }),
    edges: graph.edges.map((edge) => ({
      id: String(edge.id),
      source: String(edge.child),
      target: String(edge.parent),
      data: { rule: edge.rule },
      focusable: false,
    })),
  };
}

const Frame = styled('div')(({ theme }) => ({
  flex: 1,
  minHeight: 380,
  border: `1px solid ${theme.vars.palette.divider}`,
  borderRadius: 8,
  overflow: 'hidden',
  background: theme.vars.palette.background.paper,
  '& .table': {
    boxSizing: 'border-box',
    padding: '5px 10px',
    borderRadius: 6,
    border: `1px solid ${theme.vars.palette.text.secondary}`,
    background: theme.vars.palette.background.default,
    color: theme.vars.palette.text.primary,
    fontSize: 12.5,
    textAlign: 'center',
    whiteSpace: 'nowrap',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    cursor: 'pointer',
  },
  '& .table.around': { borderWidth: 2, borderColor: theme.vars.palette.primary.main, fontWeight: 650 },
  '& .table:focus-visible': { outline: `2px solid ${theme.vars.palette.primary.main}`, outlineOffset: 2 },
  '& .react-flow__handle': { opacity: 0 },
  '& .react-flow__minimap': {
    border: `1px solid ${theme.vars.palette.divider}`,
    borderRadius: 6,
    overflow: 'hidden',
  },
  '& .react-flow__controls': {
    border: `1px solid ${theme.vars.palette.divider}`,
    borderRadius: 6,
    overflow: 'hidden',
  },
  '& .react-flow__controls-button': {
    width: 26,
    height: 26,
    border: 0,
    background: theme.vars.palette.background.paper,
    color: theme.vars.palette.text.primary,
    fill: 'currentcolor',
    cursor: 'pointer',
  },
  display: 'flex',
  flexDirection: 'column',
  '& > .react-flow': { flex: 1 },
  '& ul': {
    display: 'flex',
    flexWrap: 'wrap',
    gap: '4px 20px',
    margin: 0,
    padding: '8px 12px',
    listStyle: 'none',
    fontSize: 12,
    borderBlockStart: `1px solid ${theme.vars.palette.divider}`,
    color: theme.vars.palette.text.primary,
  },
  '& li': { display: 'flex', alignItems: 'center', gap: 8 },
}));
