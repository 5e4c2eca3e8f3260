import { Button, Group, NumberInput, Paper, Stack, Switch, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { call } from "../../api/client";
import type { SavedSettings, TokenSettings } from "../../api/types";
import { applyFaults, useAction } from "../../components/actions";
import { useConfirm } from "../../components/Confirm";
import { formatCount } from "../../components/format";
import { text } from "../../text";
import { AddressesField, toAddresses } from "../../tokens/fields";
import { Impacts, type SwitchName, SWITCHES } from "./Impacts";

const MOST_DAYS = 73_000;
const MOST_TOKENS = 10_000;

interface SettingsFormProps {
  path: string;
  settings: TokenSettings;
}

export function SettingsForm({ path, settings }: SettingsFormProps) {
  const { run, pending } = useAction();
  const confirm = useConfirm();
  const form = useForm({
    initialValues: valuesOf(settings),
    validate: {
      api_token_ttl_days: (days) => (isWhole(days, 1, MOST_DAYS) ? null : text.settings.range(1, formatCount(MOST_DAYS))),
      max_tokens_per_user: (most) => (isWhole(most, 0, MOST_TOKENS) ? null : text.settings.range(0, formatCount(MOST_TOKENS))),
    },
  });

  const submit = form.onSubmit(async (values) => {
    const off = SWITCHES.filter((name) => settings[name] && !values[name]);
    if (off.length > 0) {
      const go = await confirm({ title: text.settings.offTitle, body: <Impacts path={path} off={off} />, go: text.settings.offGo });
      if (!go) return;
    }
    const body = {
      ...values,
      api_token_ttl_days: Number(values.api_token_ttl_days),
      max_tokens_per_user: Number(values.max_tokens_per_user),
      allowed_ips: toAddresses(values.allowed_ips),
    };
    const done = await run(() => call<SavedSettings>("PATCH", path, { body }), {
      said: ({ shortened_tokens: shortened }) => (shortened ? text.settings.savedShortened(formatCount(shortened)) : text.settings.saved),
      onFault: (error) => applyFaults(form, error),
    });
    if (!done) return;
    form.setInitialValues(valuesOf(done.result));
    form.setValues(valuesOf(done.result));
  });

  const toggle = (name: SwitchName) => (
    <Switch label={text.settings[name].label} description={text.settings[name].does} {...form.getInputProps(name, { type: "checkbox" })} />
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack maw="46rem">
        <Paper withBorder p="lg">
          <Stack gap="lg">
            <Title order={2}>{text.settings.kinds}</Title>
            {toggle("api_tokens_enabled")}
            {toggle("direct_pat_enabled")}
            {toggle("legacy_api_tokens_enabled")}
            {toggle("api_keys_enabled")}
          </Stack>
        </Paper>
        <Paper withBorder p="lg">
          <Stack gap="lg">
            <Title order={2}>{text.settings.limits}</Title>
            <NumberInput
              label={text.settings.api_token_ttl_days.label}
              description={text.settings.api_token_ttl_days.does}
              min={1}
              max={MOST_DAYS}
              clampBehavior="none"
              allowDecimal={false}
              {...form.getInputProps("api_token_ttl_days")}
            />
            <Switch label={text.settings.require_expiry.label} description={text.settings.require_expiry.does} {...form.getInputProps("require_expiry", { type: "checkbox" })} />
            <NumberInput
              label={text.settings.max_tokens_per_user.label}
              description={text.settings.max_tokens_per_user.does}
              min={0}
              max={MOST_TOKENS}
              clampBehavior="none"
              allowDecimal={false}
              {...form.getInputProps("max_tokens_per_user")}
            />
            <AddressesField description={text.settings.allowed_ips.does} {...form.getInputProps("allowed_ips")} />
          </Stack>
        </Paper>
        <Group>
          <Button type="submit" loading={pending}>
            {text.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const isWhole = (value: number | string, least: number, most: number) => value !== "" && Number.isInteger(Number(value)) && Number(value) >= least && Number(value) <= most;

function valuesOf(settings: TokenSettings) {
  return {
    api_tokens_enabled: settings.api_tokens_enabled,
    direct_pat_enabled: settings.direct_pat_enabled,
    legacy_api_tokens_enabled: settings.legacy_api_tokens_enabled,
    api_keys_enabled: settings.api_keys_enabled,
    require_expiry: settings.require_expiry,
    api_token_ttl_days: settings.api_token_ttl_days as number | string,
    max_tokens_per_user: settings.max_tokens_per_user as number | string,
    allowed_ips: settings.allowed_ips.join("\n"),
  };
}
