import { homedir } from 'node:os';
import { statementFix } from '#engine/audit/fixes.ts';
import { text } from '#engine/collect/decode.ts';
import { findPassword } from '#engine/postgres/passfile.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { PASSWORD_CHARACTERS, PLACEHOLDER } from '../password-rotation.ts';
import type { PreflightItem } from '#shared/model/plan.ts';
import { note, ok, warning } from '../preflight.ts';
import { type ActionBuilder, type BuildContext, type Built, refused } from './action.ts';
import { mayChange, openSessions, roleOf } from './roles.ts';

export const rotatePassword: ActionBuilder<'rotate-password'> = {
  needs: ['activity'],
  build: async ({ role }, context): Promise<Built> => {
    const { passwords, connectionId } = context;
    const target = await roleOf(role, context);
    if (role.startsWith('pg_'))
      throw refused(`${role} is a role of PostgreSQL itself: nobody logs in as it.`, null);
    const { canStore } = passwords;
    return {
      title: `Give ${role} a new password`,
      verb: 'Change password',
      drafts: [
        {
          fix: statementFix({
            title: `Give ${role} a new password`,
            sql: [`ALTER ROLE ${quoteIdentifier(role)} PASSWORD ${PLACEHOLDER}`],
            undo: [],
            risk: 'R4',
            lock: 'none',
            lockInWords: 'No table is locked. Open sessions stay; the next login needs the new password.',
            notes: [
              `The new password has ${PASSWORD_CHARACTERS} random letters and digits. It never goes to the server: PgVitals computes the SCRAM-SHA-256 verifier here and sends that in place of ${PLACEHOLDER}.`,
              'With log_statement = ddl or higher the server writes the verifier into its log, and pg_stat_statements may keep it. The password cannot be read from it, but whoever has it can check guesses; at 285 bits of chance nobody gets far.',
              'Cannot be undone: nobody but its users knows the old password.',
            ],
          }),
          object: target.ref,
          around: passwords.around(connectionId, role),
          mustAccept: canStore
            ? []
            : [
                {
                  id: 'copy password',
                  text: `I copy the new password from the result: PgVitals shows it once and has no keychain here to keep it in.`,
                },
              ],
          preflight: [
            ...mayChange(target),
            ...(target.canLogin ? [] : [note(`${role} may not log in: a password is of no use to it yet.`)]),
            ...(target.isExpired
              ? [
                  warning(
                    `The password of ${role} has expired (VALID UNTIL), and a new one would be refused too.`,
                    'Set VALID UNTIL anew.',
                  ),
                ]
              : []),
            ...openSessions(role, context, 'stay connected'),
            canStore
              ? ok("The new password is kept in this computer's keychain before the server hears of it.")
              : warning(
                  'There is no keychain here: if PgVitals is ended before you have copied the new password, it is lost.',
                  'An administrator has to set another one then.',
                ),
            ...(await holders(role, context)),
          ],
        },
      ],
    };
  },
};

/** Places that are known to hold the old password. */
async function holders(role: string, context: BuildContext): Promise<PreflightItem[]> {
  const { passwords, connectionId, read } = context;
  const items = [
    note(
      `Whatever else logs in as ${role} still has the old password: applications, poolers (userlist.txt of PgBouncer), jobs, other people's password files.`,
      'Give them the new one.',
    ),
  ];
  const target = { ...passwords.target(connectionId), user: role };
  const { password } = await findPassword(target, { env: {}, homeDirectory: homedir() });
  if (password !== null)
    items.push(
      note(`The password file of this account has a line for ${role} here.`, 'Put the new password into it.'),
    );
  const mappings = await read(MAPPINGS_SQL, [role]);
  for (const [server, user] of mappings)
    items.push(
      note(
        `A user mapping in this database logs in as ${role}: server ${text(server)}, for ${text(user)}.`,
        'Put the new password into it, if it leads to this server.',
      ),
    );
  return items;
}

const MAPPINGS_SQL = `SELECT srvname, usename FROM pg_catalog.pg_user_mappings
  WHERE 'user=' || $1 = ANY (umoptions) ORDER BY 1, 2 LIMIT 10`;
