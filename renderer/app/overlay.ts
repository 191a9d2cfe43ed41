/** A dialog of the whole window; one at a time. */
export type Overlay = 'palette' | 'shortcuts' | 'export' | null;
