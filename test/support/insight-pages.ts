/** Pages that show facts without an audit and refresh by themselves, by their names in the rail. */
export const INSIGHT_PAGES = [
  'Activity',
  'Statistics',
  'Tables & vacuum',
  'Queries',
  'Indexes',
  'Schema',
  'Matviews',
  'Settings',
  'Security',
  'History',
] as const;
