import FormControl from '@mui/material/FormControl';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormLabel from '@mui/material/FormLabel';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import { styled } from '@mui/material/styles';
import { type ReactElement, type ReactNode, useId } from 'react';

export interface Option<Value extends string> {
  readonly value: Value;
  readonly title: string;
  /** In quieter words: what it is, what it costs. */
  readonly means: ReactNode;
  /** Figures at the end of the line. */
  readonly end?: ReactNode;
  readonly isOff?: boolean;
}

interface Props<Value extends string> {
  readonly label: string;
  readonly options: readonly Option<Value>[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

/** One of a few ways, each with what it means. */
export function Choice<Value extends string>(props: Props<Value>): ReactElement {
  const { label, options, value, onChange } = props;
  const id = useId();
  return (
    <FormControl>
      <FormLabel id={id} sx={{ typography: 'h3', mb: 0.5 }}>
        {label}
      </FormLabel>
      <RadioGroup
        aria-labelledby={id}
        value={value}
        // Lines that wrap would be measured by another width.
        sx={{ flexWrap: 'nowrap' }}
        onChange={(_, next) => {
          const option = options.find((candidate) => candidate.value === next);
          if (option) onChange(option.value);
        }}
      >
        {options.map(({ value: own, title, means, end, isOff = false }) => (
          <Line
            key={own}
            value={own}
            disabled={isOff}
            control={<Radio size="small" />}
            label={
              <>
                <span className="words">
                  <strong>{title}</strong> <span className="quiet">{means}</span>
                </span>
                {end !== undefined && <span className="end">{end}</span>}
              </>
            }
          />
        ))}
      </RadioGroup>
    </FormControl>
  );
}

const Line = styled(FormControlLabel)(({ theme }) => ({
  marginInlineEnd: 0,
  alignItems: 'flex-start',
  '& .MuiFormControlLabel-label': {
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'space-between',
    gap: '0 12px',
    flex: 1,
    minWidth: 0,
    paddingBlock: 7,
    overflowWrap: 'anywhere',
  },
  '& strong': { fontWeight: 600 },
  '& .words': { flex: '1 1 220px', minWidth: 0 },
  '& .quiet': { color: theme.vars.palette.text.secondary },
  '& .end': { fontVariantNumeric: 'tabular-nums', textAlign: 'end' },
}));
