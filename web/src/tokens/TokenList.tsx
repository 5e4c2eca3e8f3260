import { Button, Text } from "@mantine/core";
import { useCallback, useState } from "react";
import { call, serverAddress } from "../api/client";
import { usePage } from "../api/queries";
import type { IssuedToken, Session, Token } from "../api/types";
import { useAction } from "../components/actions";
import { useConfirm } from "../components/Confirm";
import { type Column, DataList } from "../components/DataList";
import { Filters, SearchFilter, SelectFilter } from "../components/Filters";
import { later } from "../components/later";
import { useListState } from "../components/listState";
import { type RowAction, RowMenu } from "../components/RowMenu";
import { text } from "../text";
import { createdColumn, expiresColumn, nameColumn, requestsColumn, scopesColumn, usedColumn } from "./columns";
import { EndedForSafety } from "./EndedForSafety";
import type { TokenPlace } from "./places";
import { revokeQuestion } from "./revoking";
import { snippetsFor } from "./snippets";

const CreateDialog = later(async () => (await import("./dialogs")).CreateDialog, { opened: false });
const EditDialog = later(async () => (await import("./dialogs")).EditDialog, { token: null });
const RotateDialog = later(async () => (await import("./dialogs")).RotateDialog, { token: null });
const UsageDialog = later(async () => (await import("./dialogs")).UsageDialog, { token: null });
const SecretDialog = later(async () => (await import("./dialogs")).SecretDialog, { secret: null });

const FILTERS = ["q"];
const DEFAULTS = { state: "active", sort: "-created_at" };
export const STATES: [string, string][] = [
  ["active", text.states.alive],
  ["ended", text.states.ended],
  ["all", text.states.all],
];

/** A token that is being replaced has its successor's name. */
export const nameOf = (token: Token) => (token.state === "in_grace" ? `${token.name} (${text.states.in_grace})` : token.name);

interface TokenListProps {
  place: TokenPlace;
  caption: string;
  limits: Session["limits"];
  isCreating: boolean;
  onCreating: (open: boolean) => void;
  canCreate?: boolean;
}

/** The tokens of one person or machine, and all that can be done with them. */
export function TokenList({ place, caption, limits, isCreating, onCreating, canCreate = true }: TokenListProps) {
  const state = useListState(FILTERS, DEFAULTS);
  const kind = place.kinds.length === 1 ? place.kinds[0] : undefined;
  const answer = usePage<Token>(place.path, { kind, ...state.query, include: "usage", limit: 50 });
  const [editing, setEditing] = useState<Token | null>(null);
  const [rotating, setRotating] = useState<Token | null>(null);
  const [showing, setShowing] = useState<Token | null>(null);
  const [issued, setIssued] = useState<IssuedToken | null>(null);
  const forget = useCallback(() => setIssued(null), []);
  const actionsOf = useTokenActions(place, { edit: setEditing, rotate: setRotating, show: setShowing });

  const columns: Column<Token>[] = [
    nameColumn,
    ...(kind ? [] : [{ name: text.tokens.kind, cell: (token: Token) => text.kinds[token.kind] }]),
    scopesColumn,
    createdColumn,
    usedColumn,
    expiresColumn,
    requestsColumn,
    { name: text.lists.actions, isSilent: true, cell: (token) => <RowMenu of={nameOf(token)} actions={actionsOf(token)} /> },
  ];

  return (
    <>
      {place.isOwn && <EndedForSafety place={place} />}
      <Filters>
        <SearchFilter state={state} label={text.tokens.search} />
        <SelectFilter state={state} name="state" label={text.states.label} options={STATES} />
      </Filters>
      <DataList
        caption={caption}
        columns={columns}
        answer={answer}
        state={state}
        sorts={place.sorts}
        rowKey={(token) => token.id}
        empty={
          <>
            <Text>{text.tokens.empty}</Text>
            {canCreate && <Button onClick={() => onCreating(true)}>{text.tokens.create}</Button>}
          </>
        }
      />
      <CreateDialog
        place={place}
        limits={limits}
        opened={isCreating}
        onClose={() => onCreating(false)}
        onCreated={(token) => {
          onCreating(false);
          setIssued(token);
        }}
      />
      <EditDialog place={place} token={editing} onClose={() => setEditing(null)} />
      <RotateDialog
        token={rotating}
        onClose={() => setRotating(null)}
        onRotated={(token) => {
          setRotating(null);
          setIssued(token);
        }}
      />
      <UsageDialog token={showing} onClose={() => setShowing(null)} />
      <SecretDialog
        title={text.secret.title}
        secret={issued?.token ?? null}
        snippets={issued ? snippetsFor(issued.kind, serverAddress, issued.token) : []}
        onStored={forget}
      />
    </>
  );
}

interface Openers {
  edit: (token: Token) => void;
  rotate: (token: Token) => void;
  show: (token: Token) => void;
}

function useTokenActions(place: TokenPlace, open: Openers) {
  const { run } = useAction();
  const confirm = useConfirm();
  const revoke = async (token: Token) => {
    if (await confirm(revokeQuestion(token)))
      await run(() => call("DELETE", place.one(token.id)), { said: text.revoke.done(token.name) });
  };
  return (token: Token): RowAction[] => {
    const isAlive = token.state === "active";
    return [
      ...(place.isOwn ? [{ label: text.usage.open, run: () => open.show(token) }] : []),
      ...(place.isOwn && isAlive ? [{ label: text.tokens.edit, run: () => open.edit(token) }] : []),
      ...(isAlive ? [{ label: text.rotate.open, run: () => open.rotate(token) }] : []),
      ...(isAlive || token.state === "in_grace" ? [{ label: text.revoke.open, run: () => void revoke(token), isDangerous: true }] : []),
    ];
  };
}
