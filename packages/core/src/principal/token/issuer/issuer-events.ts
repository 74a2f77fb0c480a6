import { channel } from 'node:diagnostics_channel';

/** Event of the diagnostics channel `flairgate:issuer`, about the tokens of another issuer. */
export type IssuerEvent =
  | {
      /** A value that the table of rights does not have was dropped. Published once for each value. */
      readonly kind: 'unknown-value';
      readonly issuer: string;
      readonly claim: string;
      readonly value: string;
    }
  | {
      /** The function that reads rights threw, or returned something else. The token was refused. */
      readonly kind: 'rights-failed';
      readonly issuer: string;
      readonly error: unknown;
    };

const events = channel('flairgate:issuer');

/** Publishes an event if there is a subscriber. */
export function publishIssuerEvent(event: IssuerEvent): void {
  if (events.hasSubscribers) events.publish(event);
}
