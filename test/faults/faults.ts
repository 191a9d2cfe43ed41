import type { FaultList } from './fault-list.ts';

/** Of a connection (reliability.md §2.1). */
export const CONNECTION_FAULTS: FaultList = {
  F01: [['test/faults/connection-faults.test.ts', 'F01: a server that crashed']],
  F02: [['test/faults/connection-faults.test.ts', 'F02: a server that is restarted']],
  F03: [['test/postgres/session-faults.test.ts', 'while it is idle is found out by the next read']],
  F04: [['test/plans/faults.test.ts', 'by %s, also while rebuilding']],
  F05: [['test/postgres/session-faults.test.ts', 'into a black hole is noticed five seconds after']],
  F06: [['test/postgres/connect.test.ts', 'end the login in time when they fall silent']],
  F07: [['test/faults/connection-faults.test.ts', 'F07: a link of 64 kB a second']],
  F08: [['test/postgres/connect.test.ts', 'for a role without a connection left']],
  F09: [['test/postgres/connect.test.ts', 'for an expired password']],
  F10: [
    [
      'test/tunnel/reconnect.test.ts',
      'is not read, with SSH or without, until the connection is opened again',
    ],
  ],
  F11: [['test/faults/connection-faults.test.ts', 'F11: a primary that became a standby']],
  F12: [['test/postgres/connect-tls.test.ts', 'whose certificate expired fails, without falling back']],
  F13: [['test/postgres/connect.test.ts', 'do not get the password in clear, nor a weak proof of it']],
  F14: [['test/postgres/pooler.test.ts', 'is told before anything runs how to get past it, and refused']],
  F15: [['test/tunnel/connect.test.ts', 'stops at a changed key, whatever is said to be trusted']],
  F16: [
    ['test/tunnel/reconnect.test.ts', 'ends the query at once, says so, and is made again by the next need'],
  ],
  F17: [['test/tunnel/reconnect.test.ts', 'is noticed where the SSH server falls silent']],
  F18: [
    [
      'test/tunnel/reconnect.test.ts',
      'is not read, with SSH or without, until the connection is opened again',
    ],
  ],
  F19: [
    ['test/tunnel/connect.test.ts', 'says what is wrong with the network, on either side of the SSH server'],
  ],
  F20: [['test/postgres/session-faults.test.ts', 'because a byte was changed on the way']],
  F21: [['test/faults/connection-faults.test.ts', 'F21: a clock that is a day ahead']],
  F22: [['test/faults/connection-faults.test.ts', 'F22: a laptop that slept']],
};

/**
 * Of backups: made, kept and restored (reliability.md §2.2–2.4). None is left out, yet what would need other machines is
 * stood in for: F31's second computer is a second process whose number says nothing here, and of network drives only the
 * locks of this one are tried; F57's drive is a bind mount; F67's client without the hole is this machine's under a newer
 * version's name. F32 is a real pair: pg_dump 15 and a server 16.
 */
export const BACKUP_FAULTS: FaultList = {
  F23: [['test/backup/create-faults.test.ts', 'by the user: TERM, nothing kept, its session gone (F23)']],
  F24: [
    ['test/backup/create-faults.test.ts', 'from outside, after %i bytes (F24)'],
    ['test/backup/create-faults.test.ts', 'by a worker that is lost (F24)'],
  ],
  F25: [['test/backup/create-faults.test.ts', 'who ends its session in the middle of a table (F25)']],
  F26: [
    [
      'test/backup/create-server-faults.test.ts',
      'ends with a server that is killed, and works again when that is back (F26)',
    ],
  ],
  F27: [
    ['test/backup/create-faults.test.ts', 'is too small is refused before anything is written (F27)'],
    ['test/backup/create-faults.test.ts', 'runs full in the middle is named (F27)'],
  ],
  F28: [
    ['test/backup/disk-faults.test.ts', 'a disk that says EIO at any step has kept no backup (F28)'],
    ['test/backup/create-faults.test.ts', 'does not take what was written is not believed (F28)'],
  ],
  F29: [
    [
      'test/backup/create-crash.test.ts',
      'an app that is killed at any step leaves a whole backup or none (F29, F30)',
    ],
  ],
  F30: [
    [
      'test/backup/create-crash.test.ts',
      'an app that is killed at any step leaves a whole backup or none (F29, F30)',
    ],
  ],
  F31: [
    ['test/backup/two-programs.test.ts', 'two programs with one folder of backups (F31)'],
    ['test/backup/create.test.ts', 'makes one at a time of a database, also from two programs'],
  ],
  F32: [
    [
      'test/backup/create-faults.test.ts',
      'is older than the server is refused before it starts, with what to install (F32)',
    ],
    ['test/backup/tools.test.ts', 'an older major is refused with what was found and what to install (F32)'],
  ],
  F33: [
    ['test/backup/create-faults.test.ts', '%s is not believed (F33)'],
    ['test/backup/create-faults.test.ts', 'hangs can be cancelled (F33)'],
    ['test/backup/create-faults.test.ts', 'cannot be executed any more is named (F33)'],
  ],
  F34: [
    [
      'test/backup/create-server-faults.test.ts',
      'does not wait for a locked table for ever, and tells who holds it (F34)',
    ],
  ],
  F35: [
    [
      'test/backup/create-faults.test.ts',
      'keeps one table from this role fails the whole, and names the table (F35)',
    ],
  ],
  F36: [
    [
      'test/backup/create-faults.test.ts',
      'hides rows from this role fails the whole, and names the table (F36)',
    ],
  ],
  F37: [
    ['test/backup/names.test.ts', 'names of databases (F37)'],
    ['test/backup/restore.test.ts', 'F37: become the name of that database and nothing else'],
  ],
  F38: [['test/backup/names.test.ts', 'names of schemas and tables (F38)']],
  F39: [['test/backup/child.test.ts', 'the environment of a client (F39)']],
  F40: [['test/backup/child.test.ts', '$label logs in (F40)']],
  F41: [
    ['test/backup/child.test.ts', 'its file is for this user alone, and gone afterwards (F41)'],
    ['test/backup/child.test.ts', 'what a killed app leaves behind is swept at the next start'],
  ],
  F42: [['test/backup/create-faults.test.ts', 'what it leads to is untouched (F42)']],
  F43: [['test/backup/client-end.test.ts', 'files are for this user alone whatever the umask (F43)']],
  F44: [
    [
      'test/backup/create-server-faults.test.ts',
      'says which setting is too low where there are more tables than locks (F44)',
    ],
  ],
  F45: [['test/backup/stalled-dump.test.ts', 'a dump in which nothing moves any more (F45)']],
  F46: [['test/backup/damage.test.ts', 'times where one bit is another, before any parser sees it']],
  F47: [
    ['test/backup/damage.test.ts', 'times where its end is missing'],
    ['test/backup/damage.test.ts', 'is caught where it is longer, empty inside, or another good one'],
  ],
  F48: [
    ['test/backup/damage.test.ts', 'that was edited, or signed by another installation, is foreign'],
    ['test/backup/damage.test.ts', 'of a newer PgVitals, or that is none, is not read'],
    ['test/backup/damage.test.ts', 'of another database does not fit the files'],
  ],
  F49: [
    ['test/backup/verify.test.ts', 'a test restore that fails says why, and leaves nothing'],
    ['test/backup/verify.test.ts', 'a missing extension'],
    ['test/backup/verify.test.ts', 'a missing role'],
    ['test/backup/verify.test.ts', 'a full disk'],
  ],
  F50: [
    [
      'test/backup/verify-interrupted.test.ts',
      'by the death of PgVitals at its trace %i is cleared up at the next start',
    ],
    [
      'test/backup/verify-interrupted.test.ts',
      'by the death of the server is told, and cleared up when it is back',
    ],
  ],
  F51: [
    [
      'test/backup/verify-interrupted.test.ts',
      'takes another name where its own is taken, and leaves that database alone',
    ],
  ],
  F52: [
    ['test/backup/restore.test.ts', 'F52: finds a row too few'],
    ['test/backup/verify.test.ts', 'fewer rows than in the manifest fail both proofs, and name the table'],
  ],
  F53: [
    [
      'test/backup/retention.test.ts',
      'loses nothing that must stay, and ends as it should when it is run again (F53)',
    ],
  ],
  F54: [
    [
      'electron/engine/backup/retention.test.ts',
      'keeps the last good one although newer ones failed or were damaged (F54)',
    ],
  ],
  F55: [['electron/engine/backup/retention.test.ts', 'clocks (F55)']],
  F56: [
    [
      'test/backup/retention.test.ts',
      'leaves foreign files, links and folders untouched, and their folder (F56)',
    ],
  ],
  F57: [
    [
      'test/backup/lost-places.test.ts',
      'a drive that is read-only or not mounted is not one without backups (F57)',
    ],
  ],
  F58: [
    ['test/backup/two-programs.test.ts', 'deletes no backup that another one reads'],
    ['test/backup/two-programs.test.ts', 'verified or restored in another window (F58)'],
  ],
  F59: [
    ['test/backup/create.test.ts', 'is known again when the store is lost, and missing when its drive is'],
  ],
  F60: [['test/backup/swap-faults.test.ts', 'F60: sessions in the live database']],
  F61: [
    [
      'test/backup/swap-faults.test.ts',
      'F61: the safety backup fails: nothing was made, nothing was touched',
    ],
  ],
  F62: [
    [
      'test/backup/restore.test.ts',
      'F62: pg_restore killed, cancelled, its backend ended, the server killed: nothing is left',
    ],
  ],
  F63: [
    ['test/backup/swap-faults.test.ts', 'F63: the answer to the COMMIT is lost'],
    [
      'test/backup/restore-crash.test.ts',
      'while the COMMIT is on its way: one or the other, and told as it is',
    ],
  ],
  F64: [
    ['test/backup/restore.test.ts', 'F64: says that an archive of a newer pg_dump needs a newer pg_restore'],
  ],
  F65: [['test/backup/replace.test.ts', 'F65: what belongs to the database itself']],
  F66: [
    [
      'test/backup/swap-faults.test.ts',
      'F66: another server, or another database of that name, at the same place',
    ],
  ],
  F67: [
    [
      'test/backup/foreign.test.ts',
      'is read by no client that has a known hole, and by none before it is imported (F67)',
    ],
    ['test/backup/foreign.test.ts', 'times fuzzed (F67)'],
  ],
};
