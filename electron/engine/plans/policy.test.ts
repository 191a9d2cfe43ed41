import { describe, expect, it } from 'vitest';
import { policyOf, skeletonOf } from './policy.ts';

describe('the policy of a statement', () => {
  it('does not look into names and texts', () => {
    expect(skeletonOf(`COMMENT ON INDEX "a""b"."c" IS E'it''s \\' x' || 'y\\'`)).toBe(
      `COMMENT ON INDEX ""."" IS '' || ''`,
    );
    const plain = policyOf('ALTER TABLE "s"."t" DROP CONSTRAINT "c"');
    for (const name of ['x VALIDATE CONSTRAINT ""y', ' CONCURRENTLY ', 'x ADD CONSTRAINT ""y'])
      expect(policyOf(`ALTER TABLE "s"."${name}" DROP CONSTRAINT "c"`)).toBe(plain);
  });

  it('lets a check of existing rows take its time, apart from what adds the rule', () => {
    const validate = policyOf('ALTER TABLE "s"."t" VALIDATE CONSTRAINT "c"');
    expect(validate).toMatchObject({ isAlone: true, statementTimeoutMs: 0, lockTimeoutMs: 5_000 });
    const add = policyOf(
      'ALTER TABLE "s"."t" ADD CONSTRAINT "c" FOREIGN KEY ("a") REFERENCES "s"."p" ("a") NOT VALID',
    );
    expect(add).toMatchObject({ isAlone: false, statementTimeoutMs: 10_000, lockTimeoutMs: 1_000 });
  });
});
