import { adminTables } from './schema/admin.ts';
import { alertTables } from './schema/alert.ts';
import { analyticsTables } from './schema/analytics.ts';
import { auditTables } from './schema/audit.ts';
import { contentTables } from './schema/content.ts';
import { coreTables } from './schema/core.ts';
import { paymentTables } from './schema/payment.ts';
import { storageTables } from './schema/storage.ts';
import { systemTables } from './schema/system.ts';
import { CATEGORIES, type DemoCategory, type DemoTable } from './table.ts';

/** Every table of the demo database by category, in an order in which rows can be loaded. */
export const SCHEMA: Readonly<Record<DemoCategory, readonly DemoTable[]>> = {
  Core: coreTables,
  Admin: adminTables,
  Analytics: analyticsTables,
  Audit: auditTables,
  Payment: paymentTables,
  Alert: alertTables,
  Content: contentTables,
  Storage: storageTables,
  System: systemTables,
};

export const DEMO_TABLES: readonly { readonly name: string; readonly category: DemoCategory }[] =
  CATEGORIES.flatMap((category) => SCHEMA[category].map(({ name }) => ({ name, category })));
