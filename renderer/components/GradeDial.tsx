import { styled, useTheme } from '@mui/material/styles';
import type { ReactElement } from 'react';
import type { Letter } from '#shared/model/grade.ts';

interface Props {
  readonly letter: Letter;
  /** 0–100. */
  readonly score: number;
  /** Too little was checked, or the run did not end: the letter carries a star. */
  readonly isProvisional: boolean;
}

const RADIUS = 52;
const LENGTH = 2 * Math.PI * RADIUS;

/** The grade as a ring, a letter and a number; the letter is text, so colour is only a second sign. */
export function GradeDial({ letter, score, isProvisional }: Props): ReactElement {
  const { vars } = useTheme();
  const star = isProvisional ? '*' : '';
  const tone = toneOf(letter);
  // Green would vouch for what was not looked at.
  const color = isProvisional && tone === 'pass' ? vars.palette.text.secondary : vars.palette.severity[tone];
  const label = `Grade ${letter}, ${score} of 100${isProvisional ? ', provisional: not everything was checked' : ''}`;
  return (
    <svg width={128} height={128} viewBox="0 0 128 128" role="img" aria-label={label}>
      <circle cx="64" cy="64" r={RADIUS} fill="none" stroke={vars.palette.divider} strokeWidth="10" />
      <circle
        cx="64"
        cy="64"
        r={RADIUS}
        fill="none"
        stroke={color}
        strokeWidth="10"
        strokeLinecap="round"
        strokeDasharray={`${Math.max(0.02, score / 100) * LENGTH} ${LENGTH}`}
        transform="rotate(-90 64 64)"
      />
      <LetterText x="64" y="72" textAnchor="middle" fill={vars.palette.text.primary}>
        {letter}
        {star}
      </LetterText>
      <NumberText x="64" y="92" textAnchor="middle" fill={vars.palette.text.secondary}>
        {score} / 100
      </NumberText>
    </svg>
  );
}

/** Words for a letter, for those who were graded differently at school. */
export function wordsOf(letter: Letter): string {
  return WORDS[letter.charAt(0)] ?? 'Unknown';
}

export function toneOf(letter: Letter): 'pass' | 'medium' | 'high' | 'critical' {
  return TONES[letter.charAt(0)] ?? 'critical';
}

const WORDS: Readonly<Record<string, string>> = {
  A: 'Excellent',
  B: 'Good, with things to fix',
  C: 'Fair, needs attention',
  D: 'Poor, act soon',
  F: 'Failing, act now',
};
const TONES: Readonly<Record<string, 'pass' | 'medium' | 'high' | 'critical'>> = {
  A: 'pass',
  B: 'pass',
  C: 'medium',
  D: 'high',
  F: 'critical',
};

const LetterText = styled('text')({ fontSize: 40, fontWeight: 700, letterSpacing: '-0.02em' });
const NumberText = styled('text')({ fontSize: 12, fontWeight: 500 });
