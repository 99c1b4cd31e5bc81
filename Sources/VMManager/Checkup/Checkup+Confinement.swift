internal import VMCore

/// As whom QEMU runs, and whether the kernel keeps it to its machine's files.
extension VMManager {
    func confinementFindings() -> [CheckupFinding] {
        let settings: QEMUSettings
        do throws(VMError) {
            settings = try QEMUSettings.read(settingsFile)
        } catch {
            return [CheckupFinding("confinement", .error, error.message, remedy: error.firstRemedy)]
        }
        var findings = [confinementFinding(settings)]
        if hostUserID() == 0 {
            findings.append(userFinding(settings))
        } else if settings.user != nil || settings.group != nil {
            findings.append(
                CheckupFinding(
                    "qemu-user", .warning, "'\(settingsFile)' names a user or group, and only root can change it",
                    remedy: "take the setting out"))
        }
        return findings
    }

    private func confinementFinding(_ settings: QEMUSettings) -> CheckupFinding {
        guard settings.isConfined else {
            return CheckupFinding(
                "confinement", .warning, "QEMU may use all files of its user, as '\(settingsFile)' says",
                remedy: "remove 'confinement = off'")
        }
        guard let version = Landlock.version else {
            return CheckupFinding(
                "confinement", .warning, "QEMU may use all files of its user: this kernel has no Landlock",
                remedy: "start the kernel with 'landlock' in its lsm= parameter, if it was built with it")
        }
        var open: [String] = ["network", "sockets that are there"]
        if version < 3 { open.append("cutting files short that may be read") }
        if version < 5 { open.append("ioctl on devices that may be opened") }
        return CheckupFinding(
            "confinement", .ok,
            "the kernel keeps QEMU to the files of its machine (Landlock \(version); not confined: "
                + open.joined(separator: ", ") + ")")
    }

    private func userFinding(_ settings: QEMUSettings) -> CheckupFinding {
        do throws(VMError) {
            if let user = try settings.account() {
                return CheckupFinding(
                    "qemu-user", .ok,
                    "QEMU runs as user '\(user.name)' without capabilities; virtiofsd and passt run as root, locked up by themselves"
                )
            }
        } catch {
            return CheckupFinding("qemu-user", .error, error.message, remedy: error.firstRemedy)
        }
        let name = QEMUSettings.standardUser
        return CheckupFinding(
            "qemu-user", .warning, "QEMU runs as root",
            remedy: settings.user == nil
                ? "make the user that it is to run as: useradd --system --shell /usr/sbin/nologin \(name)"
                : "name another user in '\(settingsFile)'")
    }
}
