import './app/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { openChannel } from './api/link.ts';
import { App } from './app/App.tsx';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
// Opened before React renders: the desktop's port arrives once, and the token must leave the address bar at once.
const channel = openChannel();
channel.catch(() => undefined);
createRoot(root).render(
  <StrictMode>
    <App channel={channel} />
  </StrictMode>,
);
