import { Button, VisuallyHidden } from "@mantine/core";
import { useEffect, useState } from "react";
import { text } from "../text";
import { tellFault } from "./actions";
import { Icon } from "./Icon";

/** Also where there is no clipboard API: over plain HTTP from another host. */
async function copy(value: string) {
  if (window.isSecureContext) return navigator.clipboard.writeText(value);
  const field = document.createElement("textarea");
  field.value = value;
  field.style.position = "fixed";
  const parent = document.querySelector("[role=dialog]") ?? document.body; // where the focus may go
  parent.append(field);
  field.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way without a secure context
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("not copied");
}

interface CopyButtonProps {
  value: string;
  label?: string;
  variant?: string;
  size?: string;
}

export function CopyButton({ value, label = text.copy, variant = "default", size = "sm" }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_500);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <>
      <Button
        variant={variant}
        size={size}
        leftSection={copied ? <Icon name="check" size={16} /> : undefined}
        onClick={() => void copy(value).then(() => setCopied(true), tellFault)}
      >
        {label}
      </Button>
      <VisuallyHidden role="status">{copied ? text.copied : ""}</VisuallyHidden>
    </>
  );
}
