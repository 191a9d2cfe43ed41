import { expect, it } from 'vitest';
import { namesInSearchPath } from './search-path.ts';

it('folds, unquotes and stands in for $user', () => {
  const named = namesInSearchPath(['"$user", public', 'App,"Odd ""one"", too"', ''], ['alice', 'Bob']);
  expect(named).toEqual(new Set(['public', 'app', 'Odd "one", too', 'alice', 'Bob']));
  expect(namesInSearchPath(['public'], ['alice'])).toEqual(new Set(['public']));
});
