import { z } from 'zod';

/** Most entries of one page. */
const MAX_PAGE = 500;
/** Most pages, so that an offset is a number that can be reckoned with. */
const MAX_PAGES = 1_000_000;

function wholeNumber(most: number) {
  const message = `must be a whole number from 1 to ${most}`;
  return z.coerce.number(message).int(message).min(1, message).max(most, message);
}

/** The part of a query that says which page. */
export const pageQuery = {
  page: wholeNumber(MAX_PAGES).default(1).describe('Counts from 1.'),
  page_size: wholeNumber(MAX_PAGE).default(50).describe('Entries of a page.'),
};

/** A page of `items`. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item),
    page: z.int(),
    page_size: z.int(),
    total: z.int().describe('Entries over all pages.'),
  });
}

interface PageQuery {
  readonly page: number;
  readonly page_size: number;
}

/** The page of a list that is at hand. */
export function cutPage<Item>(all: readonly Item[], { page, page_size: size }: PageQuery) {
  const from = (page - 1) * size;
  return { items: all.slice(from, from + size), page, page_size: size, total: all.length };
}
