import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { statementFix } from '#engine/audit/fixes.ts';
import { schemaRef } from '#engine/audit/object-refs.ts';
import { onPrimary } from '#engine/audit/standby.ts';

export const publicCanCreate = defineCheck({
  id: 'public-can-create',
  title: 'Everybody may create objects in a schema',
  category: 'security',
  topic: 'privileges',
  severity: 'high',
  why: 'A role that may create in a schema of the search path can plant a function or operator that others, superusers too, call by mistake with their own rights.',
  rule: 'High where PUBLIC may create in a schema that the search path of the database or of a role names; info for other schemas. Databases made before PostgreSQL 15 have this for schema public, upgraded ones keep it.',
  remedy: 'Revoke CREATE from PUBLIC, and grant it to the roles that create objects.',
  docs: 'https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATTERNS',
  needs: ['schemas'],
  thresholds: {},
  evaluate({ server, schemas }) {
    return schemas
      .filter((s) => s.publicCanCreate)
      .map((schema): Draft => {
        const name = quoteIdentifier(schema.name);
        return {
          severity: schema.isInSearchPath ? 'high' : 'info',
          confidence: 'certain',
          confidenceReason: 'Read from the privileges of the schema.',
          object: schemaRef(schema.name, schema.oid),
          message: `PUBLIC may create objects in schema ${schema.name}${schema.isInSearchPath ? ', which is in a search path' : ''}.`,
          evidence: {
            owner: schema.owner,
            acl: schema.acl ?? '(default)',
            isInSearchPath: schema.isInSearchPath,
            publicCanUse: schema.publicCanUse,
          },
          gain: { text: 'Nobody can plant objects that others call by mistake' },
          fix: onPrimary(
            statementFix({
              title: `Revoke CREATE on schema ${schema.name} from PUBLIC`,
              sql: [`REVOKE CREATE ON SCHEMA ${name} FROM PUBLIC`],
              undo: [`GRANT CREATE ON SCHEMA ${name} TO PUBLIC`],
              risk: 'R4',
              lock: 'none',
              lockInWords: `No table is locked. Roles that create objects in ${schema.name} only by this grant are refused from then on; what exists stays.`,
              notes: [`Grant CREATE ON SCHEMA ${name} to the roles that need it, migrations first.`],
            }),
            server,
          ),
        };
      });
  },
});
