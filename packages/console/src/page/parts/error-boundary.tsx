import { Component, type ReactNode } from 'react';

interface State {
  readonly failed: boolean;
}

/**
 * Shows a notice in place of its children if they fail to render. The rest of the page is kept: the session, the menu,
 * and open dialogs with their input.
 */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { failed: false };

  static getDerivedStateFromError(): State {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <div className="notice bad" role="alert">
        <p>This part of the page cannot be shown: the service sent an answer that the page does not understand.</p>
        <p>
          <button type="button" className="button small" onClick={() => this.setState({ failed: false })}>
            Show it again
          </button>
        </p>
      </div>
    );
  }
}
