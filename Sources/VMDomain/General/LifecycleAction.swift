public import VMXML

/// `<on_poweroff>` and `<on_reboot>`: what becomes of the machine.
public enum LifecycleAction: String, XMLEnum {
    case destroy, restart, preserve
    case renameRestart = "rename-restart"
}

/// `<on_crash>`.
public enum CrashAction: String, XMLEnum {
    case destroy, restart, preserve
    case renameRestart = "rename-restart"
    case coredumpDestroy = "coredump-destroy"
    case coredumpRestart = "coredump-restart"
}
