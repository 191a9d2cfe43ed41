import { it } from 'vitest';
import { expectEveryFaultHasItsTest } from './fault-list.ts';
import { BACKUP_FAULTS } from './faults.ts';

it('every fault has its test', () => {
  expectEveryFaultHasItsTest('backup faults', BACKUP_FAULTS, 23, 67);
});
