import { expect, it } from 'vitest';
import { likelyColumn } from './likely-column.ts';

it.each([
  [['id', 'customer_id'], 'id', 'customers', 'customer_id'],
  [['id', 'category_id'], 'id', 'categories', 'category_id'],
  [['id', 'address_id'], 'id', 'addresses', 'address_id'],
  [['id', 'customerId'], 'id', 'customer', 'customerId'],
  [['sku', 'product_sku'], 'sku', 'products', 'sku'],
  [['id', 'note'], 'id', 'customers', ''],
])('of %j for %s of %s: %s', (columns, key, parent, expected) => {
  expect(likelyColumn(columns, key, parent)).toBe(expected);
});
