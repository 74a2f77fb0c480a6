import { Menu } from '@base-ui/react/menu';

/** One thing that can be done. */
export interface MenuAction {
  readonly label: string;
  readonly onChoose: () => void;
  /** True if it takes something away. @default false */
  readonly isGrave?: boolean;
}

interface ActionMenuProps {
  /** Name of what the actions are about, for screen readers. */
  readonly of: string;
  readonly actions: readonly MenuAction[];
}

/** Shows a button that opens the actions of a row. */
export function ActionMenu({ of, actions }: ActionMenuProps) {
  return (
    <Menu.Root>
      <Menu.Trigger className="button small" aria-label={`Actions for ${of}`}>
        <span aria-hidden="true">{'\u22ef'}</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="menu-place" sideOffset={4} align="end">
          <Menu.Popup className="menu-popup">
            {actions.map(({ label, onChoose, isGrave = false }) => (
              <Menu.Item key={label} className={isGrave ? 'menu-item danger-text' : 'menu-item'} onClick={onChoose}>
                {label}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
