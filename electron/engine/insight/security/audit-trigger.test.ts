import { expect, it } from 'vitest';
import { auditReason } from './audit-trigger.ts';

it.each([
  ['BEGIN INSERT INTO audit.logged_actions VALUES (1); RETURN NEW; END', 'inserts into audit.logged_actions'],
  ['BEGIN insert  into "User_History" SELECT OLD.*; RETURN OLD; END', 'inserts into User_History'],
  ['INSERT INTO copies VALUES (to_jsonb(NEW))', 'inserts whole rows into copies'],
  ['INSERT INTO copies VALUES (hstore(OLD))', 'inserts whole rows into copies'],
  ['INSERT INTO totals VALUES (NEW.amount)', null],
  ['NEW.updated_at := now(); RETURN NEW;', null],
  ['-- INSERT INTO audit_log VALUES (1)\nRETURN NEW;', null],
  ['/* insert into audit_log */ RETURN NEW;', null],
  ['INSERT INTO catalogs VALUES (1)', null],
  ['', null],
])('%j: %s', (source, reason) => expect(auditReason(source)).toBe(reason));
