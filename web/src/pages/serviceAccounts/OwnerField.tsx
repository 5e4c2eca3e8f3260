import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { type ReactNode, useState } from "react";
import { usePage } from "../../api/queries";
import type { Member, ServiceAccount } from "../../api/types";
import { useOrganization } from "../../shell/SessionGate";
import { text } from "../../text";

const NOBODY = "nobody";
const SHOWN = 20;

interface OwnerFieldProps {
  /** Who it is now. */
  current: ServiceAccount["owner"];
  mayBeNobody: boolean;
  value?: number | null;
  onChange: (value: number | null) => void;
  error?: ReactNode;
}

const labelOf = ({ email, first_name, last_name }: Member) => {
  const name = [first_name, last_name].filter(Boolean).join(" ");
  return name ? `${email} (${name})` : email;
};

/** Who answers for a service account: one of the members, whom the server looks for. */
export function OwnerField({ current, mayBeNobody, value = null, onChange, error }: OwnerFieldProps) {
  const organization = useOrganization();
  const [chosen, setChosen] = useState(current ? { value: String(current.id), label: current.email } : null);
  const [typed, setTyped] = useState("");
  const [asked] = useDebouncedValue(typed, 250);
  const isSearch = asked !== "" && asked !== chosen?.label && asked !== text.machines.noOwner;
  const answer = usePage<Member>(`${organization.path}/members`, { state: "active", sort: "email", limit: SHOWN, q: isSearch ? asked : "" });
  const found = (answer.data?.items ?? []).map((member) => ({ value: String(member.user_id), label: labelOf(member) }));
  const others = chosen && !found.some((one) => one.value === chosen.value) ? [chosen] : [];
  const fits = new Set(found.map((one) => one.value));
  return (
    <Select
      label={text.machines.owner}
      description={text.machines.ownerHint}
      data={[...(mayBeNobody ? [{ value: NOBODY, label: text.machines.noOwner }] : []), ...others, ...found]}
      value={value === null ? NOBODY : String(value)}
      onChange={(picked, option) => {
        const isPerson = picked !== null && picked !== NOBODY;
        setChosen(isPerson ? option : null);
        onChange(isPerson ? Number(picked) : null);
      }}
      searchable
      onSearchChange={setTyped}
      filter={({ options }) => (isSearch ? options.filter((one) => "value" in one && fits.has(one.value)) : options)}
      nothingFoundMessage={answer.isPending ? text.loading : text.machines.ownerNotFound}
      allowDeselect={false}
      maxDropdownHeight={220}
      error={error}
    />
  );
}
