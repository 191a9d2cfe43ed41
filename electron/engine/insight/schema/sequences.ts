import type { SequenceRow } from '#shared/model/schema.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { sequenceHolders } from '#engine/audit/sequence-holders.ts';
import { sequenceUse } from '#engine/audit/sequence-range.ts';
import { type Grid, oncePer } from '../grid.ts';
import type { SequenceForecast } from '../sequence-forecast.ts';
import { catalogOf } from './keys.ts';

/** Forecasts look into the history: they are asked for when a list is made, not at every look at it. */
type Forecast = () => readonly SequenceForecast[];

/**
 * Sequences against the tighter of their own end and that of the columns that hold their values, fullest first. They are
 * read less often than the tables: one list per pair of readings.
 */
export function sequenceGrid(
  snapshot: Snapshot,
  sequencesAsOf: Snapshot,
  forecast: Forecast,
): Grid<SequenceRow> {
  return gridsOf(snapshot)(sequencesAsOf, forecast);
}

const gridsOf = oncePer((snapshot: Snapshot) => {
  let made: { readonly asOf: Snapshot; readonly grid: Grid<SequenceRow> } | null = null;
  return (asOf: Snapshot, forecast: Forecast): Grid<SequenceRow> => {
    if (made?.asOf !== asOf) made = { asOf, grid: makeGrid(snapshot, asOf, forecast()) };
    return made.grid;
  };
});

function makeGrid(
  snapshot: Snapshot,
  sequencesAsOf: Snapshot,
  forecasts: readonly SequenceForecast[],
): Grid<SequenceRow> {
  return {
    rows: sequenceRows(snapshot, sequencesAsOf, forecasts),
    text: (row) => `${row.name} ${row.feeds ?? ''} ${row.type}`,
    orders: {
      // Kept as text because they may be beyond 2^53; for an order the nearest number will do.
      lastValue: (row) => (row.lastValue === null ? null : Number(row.lastValue)),
      limit: (row) => Number(row.limit),
      limitOf: (row) => (row.isCycled ? 'starts anew' : row.limitOf),
    },
  };
}

function sequenceRows(
  snapshot: Snapshot,
  { facts }: Snapshot,
  forecasts: readonly SequenceForecast[],
): SequenceRow[] {
  const catalog = catalogOf(snapshot);
  const daysLeft = new Map(forecasts.map((forecast) => [forecast.sequence.oid, forecast.daysLeft]));
  const values = new Map((facts.sequenceValues ?? []).map((v) => [v.sequenceOid, v.lastValue]));
  return (facts.sequences ?? [])
    .map((sequence): SequenceRow => {
      const value = values.get(sequence.oid);
      const last = value ?? null;
      const use = sequenceUse(sequence, last, sequenceHolders(sequence, catalog));
      const table = catalog.table(sequence.tableOid);
      const column = catalog.column(sequence.tableOid ?? 0, sequence.column ?? 0)?.name;
      return {
        oid: sequence.oid,
        name: catalog.label(sequence),
        type: sequence.dataType,
        feeds: table && column !== undefined ? `${catalog.label(table)}.${column}` : null,
        lastValue: last,
        value: value === undefined ? 'not read' : value === null ? 'never used' : 'known',
        limit: String(use.limit.value),
        limitOf: use.limit.origin,
        usedPercent: value === undefined ? null : use.usedPercent,
        daysLeft: daysLeft.get(sequence.oid) ?? null,
        isCycled: sequence.isCycled,
      };
    })
    .sort((a, b) => (b.usedPercent ?? -1) - (a.usedPercent ?? -1) || a.name.localeCompare(b.name));
}
