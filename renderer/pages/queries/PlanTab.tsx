import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { type ReactElement, useState } from 'react';
import { Panel } from '#renderer/components/Panel.tsx';
import { StatementPlanView } from './StatementPlanView.tsx';

/** The plan of a statement that somebody types or pastes. */
export function PlanTab({ connectionId }: { readonly connectionId: string }): ReactElement {
  const [typed, setTyped] = useState('');
  const [text, setText] = useState('');
  return (
    <Panel title="Plan a statement">
      <Box
        component="form"
        sx={{ display: 'grid', gap: 1.5, mb: 2 }}
        onSubmit={(event) => {
          event.preventDefault();
          setText(typed.trim());
        }}
      >
        <TextField
          label="One statement; $1, $2, … may stand for values"
          multiline
          minRows={4}
          maxRows={14}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          slotProps={{ htmlInput: { spellCheck: false, style: { fontFamily: 'monospace' } } }}
        />
        <div>
          <Button type="submit" variant="contained" disabled={typed.trim() === ''}>
            Show its plan
          </Button>
        </div>
      </Box>
      {text !== '' && <StatementPlanView key={text} connectionId={connectionId} text={text} startsOpen />}
    </Panel>
  );
}
