/** Names the dialog, whatever it shows. */
export const TITLE_ID = 'plan-title';
