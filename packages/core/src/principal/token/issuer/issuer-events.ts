import { channel } from 'node:diagnostics_channel';

/**
 * Event on the diagnostics channel `flairgate:issuer`, about tokens from external issuers (issuers other than this
 * Flairgate instance).
 */
export type IssuerEvent =
  | {
      /**
       * A claim has a value that is not in the table of rights. The value was ignored. The event is published once per
       * value.
       */
      readonly kind: 'unknown-value';
      readonly issuer: string;
      readonly claim: string;
      readonly value: string;
    }
  | {
      /** The function that reads rights threw or returned invalid rights. The token was refused. */
      readonly kind: 'rights-failed';
      readonly issuer: string;
      readonly error: unknown;
    };

const events = channel('flairgate:issuer');

/** Publishes an event if there is a subscriber. */
export function publishIssuerEvent(event: IssuerEvent): void {
  if (events.hasSubscribers) events.publish(event);
}
