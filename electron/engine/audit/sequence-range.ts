import type { SequenceFact } from '#shared/model/facts.ts';

/** A bound that ends the life of a sequence, and whose it is. */
export interface SequenceLimit {
  readonly value: bigint;
  readonly origin: string;
  readonly isColumn: boolean;
}

export interface SequenceUse {
  readonly limit: SequenceLimit;
  /** In whole hundredths; exact below one, so that what was used at all is never nothing. */
  readonly usedPercent: number;
  /** How many more values it can give. */
  readonly remaining: bigint;
}

/**
 * How much of its range a sequence has used: towards the maximum where it counts up, towards the minimum where it
 * counts down, against the tightest of the given limits. Numbers on the far side of zero do not count for a
 * sequence that began on this side. Source: checks.md 2.7.
 */
export function sequenceUse(
  sequence: SequenceFact,
  lastValue: string | null,
  columnLimits: readonly { readonly largest: bigint; readonly origin: string }[],
): SequenceUse {
  const increment = BigInt(sequence.increment);
  const isUp = increment > 0n;
  const own = {
    value: BigInt(isUp ? sequence.maxValue : sequence.minValue),
    origin: 'the sequence',
    isColumn: false,
  };
  const limits = [
    own,
    ...columnLimits.map(({ largest, origin }) => ({
      value: isUp ? largest : -largest - 1n,
      origin,
      isColumn: true,
    })),
  ];
  // Of equal limits the column's counts: widening the sequence alone would not help.
  const limit = limits.reduce((a, b) => ((isUp ? b.value <= a.value : b.value >= a.value) ? b : a));
  const start = BigInt(sequence.startValue);
  const base = isUp
    ? start < 0n
      ? BigInt(sequence.minValue)
      : larger(BigInt(sequence.minValue), 0n)
    : start > 0n
      ? BigInt(sequence.maxValue)
      : smaller(BigInt(sequence.maxValue), 0n);
  const span = distance(base, limit.value, isUp);
  const last = lastValue === null ? null : BigInt(lastValue);
  const used = last === null ? 0n : distance(base, last, isUp);
  const left = last === null ? span : distance(last, limit.value, isUp);
  return {
    limit,
    usedPercent: span === 0n ? 100 : Math.min(100, percentOf(used, span)),
    remaining: left / (isUp ? increment : -increment),
  };
}

function percentOf(used: bigint, span: bigint): number {
  const hundredths = (used * 10_000n) / span;
  return hundredths > 0n ? Number(hundredths) / 100 : (Number(used) / Number(span)) * 100;
}

/** Never negative: a sequence set back below its start has used nothing. */
function distance(from: bigint, to: bigint, isUp: boolean): bigint {
  return larger(isUp ? to - from : from - to, 0n);
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
