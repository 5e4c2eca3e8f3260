import { Alert, Button, Checkbox, Group, NativeSelect, Skeleton, Stack, Textarea, TextInput } from "@mantine/core";
import type { ReactNode, Ref } from "react";
import { useScopes } from "../api/queries";
import type { Scope, Session } from "../api/types";
import { reasonOf } from "../components/actions";
import { endOfDay, formatCount, formatDay, toDateField } from "../components/format";
import { text } from "../text";

const DAY = 86_400_000;

/** What a form gives its fields. */
interface FieldProps<T> {
  value?: T;
  onChange: (value: T) => void;
  error?: ReactNode;
}

export const ALL = "all";

/** What a field of scopes offers: those of `within`, if given. */
export function ScopesField({ value = [], onChange, within, error }: FieldProps<string[]> & { within?: string[] }) {
  const scopes = useScopes();
  if (scopes.isPending) return <Skeleton height={80} />;
  if (scopes.isError)
    return (
      <Alert color="red" variant="outline" title={text.scopes.notLoaded}>
        <Group>
          {reasonOf(scopes.error)}
          <Button size="xs" variant="default" onClick={() => void scopes.refetch()}>
            {text.retry}
          </Button>
        </Group>
      </Alert>
    );
  const isAnything = !within || within.includes(ALL);
  const offered = scopes.data.items.filter((scope) => isAnything || within.includes(scope.name));
  const hasAll = value.includes(ALL);
  return (
    <Checkbox.Group
      label={text.scopes.label}
      description={text.scopes.description}
      value={value}
      error={error}
      onChange={(chosen) => onChange(chosen.includes(ALL) && !hasAll ? [ALL] : chosen.filter((name) => name !== ALL || chosen.length === 1))}
    >
      <Stack gap="xs" mt="xs">
        {offered.map((scope) => (
          <Checkbox key={scope.name} value={scope.name} label={scope.name} description={describe(scope)} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}

function describe(scope: Scope): string {
  const known = text.scopes.known as Partial<Record<string, string>>;
  return known[scope.name] ?? (scope.description || scope.patterns.map((one) => `${one.methods.join(", ")} ${one.path}`).join("; "));
}

/** One address or network a line. */
export function AddressesField({ value = "", onChange, error, description, inputRef }: FieldProps<string> & { description?: string; inputRef?: Ref<HTMLTextAreaElement> }) {
  return (
    <Textarea
      label={text.addresses.label}
      description={description ?? text.addresses.description}
      ref={inputRef}
      placeholder={"192.0.2.0/24\n2001:db8::/32"}
      autosize
      minRows={2}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

export const toAddresses = (value: string) => value.split(/[\s,]+/).filter(Boolean);

export interface Expiry {
  choice: string; // days, "most", "never" or "date"
  date: string;
}

const PRESETS = [7, 30, 90, 365];
const NEARLY_FOREVER = 36_500; // days; a limit from here on is as good as none

/** The choices that the organization's limit leaves. */
export function expiryChoices(limits: Session["limits"]): { value: string; label: string }[] {
  const most = limits.api_token_ttl_days;
  const presets = PRESETS.filter((days) => days < most).map((days) => ({ value: String(days), label: text.expiry.days(days) }));
  const longest = most >= NEARLY_FOREVER ? text.expiry.never : text.expiry.most(formatCount(most));
  return [...presets, ...(limits.require_expiry ? [] : [{ value: "most", label: longest }]), { value: "date", label: text.expiry.date }];
}

export function firstExpiry(limits: Session["limits"]): Expiry {
  const choices = expiryChoices(limits);
  const wanted = choices.find(({ value }) => value === "90") ?? choices.find(({ value }) => value !== "date") ?? choices[0];
  return { choice: wanted?.value ?? "date", date: "" };
}

/** What the server is told. */
export function expiryOrder({ choice, date }: Expiry, limits: Session["limits"]): { ttl_days?: number; expires_at?: string } {
  if (choice === "most") return {};
  if (choice !== "date") return { ttl_days: Number(choice) };
  return { expires_at: endOfDay(date, new Date(Date.now() + limits.api_token_ttl_days * DAY - 60_000)).toISOString() };
}

export function expiryFault({ choice, date }: Expiry): string | null {
  return choice === "date" && !date ? text.expiry.missing : null;
}

export function ExpiryField({ value = { choice: "date", date: "" }, onChange, limits, error }: FieldProps<Expiry> & { limits: Session["limits"] }) {
  const latest = new Date(Date.now() + limits.api_token_ttl_days * DAY);
  const isLimited = limits.api_token_ttl_days < NEARLY_FOREVER;
  return (
    <Group align="flex-start" grow preventGrowOverflow={false}>
      <NativeSelect
        label={text.expiry.label}
        description={isLimited ? text.expiry.latest(formatDay(latest.toISOString())) : undefined}
        data={expiryChoices(limits)}
        value={value.choice}
        error={value.choice === "date" ? undefined : error}
        onChange={(event) => onChange({ ...value, choice: event.currentTarget.value })}
      />
      {value.choice === "date" && (
        <TextInput
          type="date"
          label={text.expiry.day}
          description={isLimited ? " " : undefined}
          value={value.date}
          min={toDateField(new Date())}
          max={isLimited ? toDateField(latest) : undefined}
          error={error}
          onChange={(event) => onChange({ ...value, date: event.currentTarget.value })}
        />
      )}
    </Group>
  );
}
