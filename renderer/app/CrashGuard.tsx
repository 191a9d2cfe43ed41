import { Component, type ReactNode } from 'react';
import type { UserError } from '#shared/model/error-codes.ts';
import { ErrorNotice } from '../components/ErrorNotice.tsx';

interface Props {
  readonly children: ReactNode;
}

/** A bug in one page must not leave an empty window: say so and offer a way out. (React has no hook for this.) */
export class CrashGuard extends Component<Props, { readonly message: string | null }> {
  override state = { message: null as string | null };

  static getDerivedStateFromError(error: unknown): { message: string } {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.message === null) return this.props.children;
    const error: UserError = {
      code: 'INTERNAL',
      message: `This page has stopped: ${this.state.message}`,
      nextStep: 'Reload to go on. Nothing in your database was changed.',
      sqlState: null,
      logId: null,
    };
    return <ErrorNotice error={error} onRetry={() => window.location.reload()} />;
  }
}
