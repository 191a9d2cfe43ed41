import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { type ReactElement, type ReactNode, useId } from 'react';
import { useBackend } from '#renderer/api/client.ts';
import { type AddressForm, toFields, toLine, withLine, withSettings } from './address-form.ts';
import { FieldsForm } from './FieldsForm.tsx';
import { SecretField } from './SecretField.tsx';
import { SshFields } from './SshFields.tsx';
import { TlsFields } from './TlsFields.tsx';
import { UrlForm } from './UrlForm.tsx';

interface Props {
  readonly form: AddressForm;
  readonly onChange: (form: AddressForm) => void;
  /** Keywords that stay in the line though PgVitals does not know them. */
  readonly keep: readonly string[];
  readonly words: { readonly line: string; readonly hint: string; readonly passphrase: string };
  /** What is in front takes the focus. */
  readonly isFirst: boolean;
  readonly asksPassword: boolean;
  readonly asksPassphrase: boolean;
  /** Around the tabs, and the fields below them. */
  readonly children: (tabs: ReactNode, fields: ReactNode) => ReactElement;
}

/** Where a connection leads, as one line or in fields, each in step with the other; then the SSH server in between. */
export function AddressFields(props: Props): ReactElement {
  const { form, onChange, keep, words, isFirst, asksPassword, asksPassphrase, children } = props;
  const { client } = useBackend();
  const id = useId();
  const show = (way: AddressForm['way']): void => {
    if (way === 'line') onChange(toLine(form));
    // A line that is not understood stays in front; what is wrong with it stands below it.
    else toFields(form, client, keep).then(onChange, () => undefined);
  };
  const password = (hasPassword: boolean): ReactNode =>
    asksPassword && (
      <SecretField
        label="Password"
        value={form.password}
        onChange={(text) => onChange({ ...form, password: text })}
        {...passwordHint(form.way, hasPassword)}
      />
    );
  const passphrase = asksPassphrase
    ? {
        text: form.keyPassphrase,
        hint: words.passphrase,
        onChange: (text: string) => onChange({ ...form, keyPassphrase: text }),
      }
    : null;
  return children(
    <Tabs value={form.way} onChange={(_, way: AddressForm['way']) => show(way)} aria-label="Way to connect">
      {(asksPassword ? (['line', 'fields'] as const) : (['fields', 'line'] as const)).map((way) => (
        <Tab
          key={way}
          value={way}
          label={way === 'line' ? words.line : 'Fields'}
          id={`${id}${way}`}
          aria-controls={`${id}panel`}
        />
      ))}
    </Tabs>,
    <>
      <div role="tabpanel" id={`${id}panel`} aria-labelledby={`${id}${form.way}`} className="fields">
        {form.way === 'line' ? (
          <UrlForm
            label={asksPassword ? 'Connection URL' : 'Address'}
            text={form.line}
            hint={words.hint}
            isLong={!asksPassword}
            isFirst={isFirst}
            password={asksPassword ? password : null}
            onText={(text) => onChange(withLine(form, text))}
          />
        ) : (
          <>
            <FieldsForm
              settings={form.settings}
              isFirst={isFirst}
              password={password(form.secretsOf?.hasPassword === true)}
              onChange={(settings) => onChange(withSettings(form, settings))}
            />
            <TlsFields
              settings={form.settings}
              passphrase={passphrase}
              onChange={(settings) => onChange(withSettings(form, settings))}
            />
          </>
        )}
      </div>
      <SshFields form={form.ssh} onChange={(ssh) => onChange({ ...form, ssh })} />
    </>,
  );
}

function passwordHint(way: AddressForm['way'], hasPassword: boolean): { readonly hint?: string } {
  if (hasPassword) return { hint: 'The URL has one; what you type here is used instead.' };
  return way === 'line' ? { hint: 'Only if the URL has none.' } : {};
}
