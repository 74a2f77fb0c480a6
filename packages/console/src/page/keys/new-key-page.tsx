import { type KeyEntry, type NewKeyAnswer, previewKeyName } from '@flairgate/client';
import { useEffect, useState } from 'react';
import { Continues, NameField } from '../key-names/name-field.tsx';
import { FormPage } from '../parts/form-page.tsx';
import { issueOf } from '../parts/issue-of.ts';
import { Screen } from '../parts/screen.tsx';
import { SecretDialog } from '../parts/secret-dialog.tsx';
import { TextField } from '../parts/text-field.tsx';
import { useCommand } from '../parts/use-command.ts';
import { PermissionPicker } from '../permissions/permission-picker.tsx';
import { Needs } from '../session/needs.tsx';
import { usePlace } from '../session/place.tsx';
import { addressOfKeys } from '../shell/route.ts';
import { AccessSummary } from './access-summary.tsx';
import { PROPOSED_EXPIRY, secondsOfExpiry } from './expiry.ts';
import { ExpiryField } from './expiry-field.tsx';
import { RangesField, rangesOf } from './ranges-field.tsx';

interface NewKeyPageProps {
  /** Revoked or expired key from which the form takes its initial values. Undefined for an empty form. */
  readonly again: KeyEntry | undefined;
}

/**
 * Shows the page on which the user creates a key. After the key is created, shows its secret, and then the page of the
 * key.
 */
export function NewKeyPage({ again }: NewKeyPageProps) {
  const [made, setMade] = useState<NewKeyAnswer & { readonly name: string }>();
  const [isKept, setKept] = useState(false);
  const keyHash = made?.key_hash;
  useEffect(() => {
    // Runs after the secret dialog has been removed. While the dialog is shown, the dialog undoes every change of the
    // URL.
    if (isKept) window.location.hash = addressOfKeys(keyHash);
  }, [isKept, keyHash]);
  return (
    <Screen
      title="New key"
      about="For one program that calls the API. Give it only what the program needs, and no key to two programs."
      back={{ address: addressOfKeys(), label: 'All keys' }}
    >
      <Needs permission="apikey.ctrl" to="create keys">
        {made === undefined && <NewKeyForm again={again} onMade={setMade} />}
        {made !== undefined && !isKept && (
          <SecretDialog name={made.name} secret={made.api_key} isKey onClose={() => setKept(true)}>
            {made.continued === true && (
              <p className="quiet">It continues the dead key of this name, with what that key created and locked.</p>
            )}
          </SecretDialog>
        )}
      </Needs>
    </Screen>
  );
}

interface NewKeyFormProps extends NewKeyPageProps {
  readonly onMade: (made: NewKeyAnswer & { readonly name: string }) => void;
}

function NewKeyForm({ again, onMade }: NewKeyFormProps) {
  const { oid, client, permissions: held } = usePlace();
  const [name, setName] = useState(again?.name ?? '');
  const [description, setDescription] = useState(again?.description ?? '');
  const [ranges, setRanges] = useState(again?.allowed_ip_range ?? '');
  const [expiry, setExpiry] = useState(PROPOSED_EXPIRY);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(again?.priv.filter((one) => held.has(one))));
  const make = useCommand({
    run: () => {
      const expires = secondsOfExpiry(expiry, Date.now() / 1000);
      return client.organizationKeys.create(oid, {
        name,
        permissions: [...chosen],
        ranges: rangesOf(ranges),
        ...(typeof expires === 'number' ? { expires } : {}),
        ...(description === '' ? {} : { description }),
      });
    },
    changes: [[oid, 'keys']],
    said: `Created ${name}`,
    done: (made) => onMade({ ...made, name }),
    givesSecret: true,
  });
  return (
    <FormPage submit="Create key" command={make} cancel={addressOfKeys()}>
      <NameField value={name} onChange={setName} refused={issueOf(make.error, 'key_name')} />
      <Continues name={name} />
      <TextField
        label="Description"
        value={description}
        onChange={setDescription}
        hint="For people: the program, and who is responsible for it. Optional"
        problem={issueOf(make.error, 'description')}
      />
      <ExpiryField value={expiry} onChange={setExpiry} problem={issueOf(make.error, 'expires')} />
      <RangesField value={ranges} onChange={setRanges} problem={issueOf(make.error, 'allowed_ip_range')} />
      <PermissionPicker chosen={chosen} onChange={setChosen} problem={issueOf(make.error, 'perms')} />
      <section className="summary" aria-label="What the key will see and do">
        <AccessSummary permissions={[...chosen]} flairs={previewKeyName(name).flairs} ranges={rangesOf(ranges)} />
        {chosen.size === 0 && <p className="notice warn">The key has no permission: it can only say who it is.</p>}
      </section>
    </FormPage>
  );
}
