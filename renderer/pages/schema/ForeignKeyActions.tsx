import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { type ReactElement, useState } from 'react';
import { DELETE_RULES, type DeleteRule } from '#shared/model/schema.ts';
import { PlanButtons } from '#renderer/app/plan/PlanButtons.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { ruleInSql } from './rule-in-sql.ts';

interface Props {
  readonly connectionId: string;
  readonly oid: number;
  readonly isValidated: boolean;
  /** The rule that it has; null where the page does not know. */
  readonly onDelete: DeleteRule | null;
}

/** What can be done with a foreign key: another delete rule, validation, or its end. */
export function ForeignKeyActions({ connectionId, oid, isValidated, onDelete }: Props): ReactElement {
  const choices = DELETE_RULES.filter((rule) => rule !== onDelete);
  const [rule, setRule] = useState<DeleteRule>(choices[0] ?? 'no action');
  return (
    <PlanButtons>
      <TextField
        select
        label="On delete"
        value={rule}
        onChange={(event) => setRule(choices.find((known) => known === event.target.value) ?? rule)}
        sx={{ minWidth: 130 }}
      >
        {choices.map((known) => (
          <MenuItem key={known} value={known}>
            {known}
          </MenuItem>
        ))}
      </TextField>
      <RunPlanButton
        connectionId={connectionId}
        request={{ verb: 'delete-rule', constraint: oid, onDelete: ruleInSql(rule) }}
      >
        Change the delete rule…
      </RunPlanButton>
      {!isValidated && (
        <RunPlanButton connectionId={connectionId} request={{ verb: 'validate-constraint', constraint: oid }}>
          Validate…
        </RunPlanButton>
      )}
      <RunPlanButton connectionId={connectionId} request={{ verb: 'drop-foreign-key', constraint: oid }}>
        Drop…
      </RunPlanButton>
    </PlanButtons>
  );
}
