internal import QEMULauncher
public import VMCore
public import VMDomain
public import VMXML

/// What a check before a start found.
public struct CheckResult: Sendable {
    public var name: String
    /// All that would keep the machine from starting; empty when nothing would.
    public var causes: [VMError]
    /// What may go wrong all the same.
    public var warnings: [String]
}

extension VMManager {
    /// Looks for all that would keep a defined domain from starting. Nothing is started.
    ///
    /// - Throws: `no-domain`; what is wrong with the domain itself is a cause.
    public func check(_ key: String) throws(VMError) -> CheckResult {
        let machine = try find(key)
        var check = Preflight(manager: self, machine: machine)
        do throws(VMError) {
            let state = observe(machine)
            do throws(VMError) { try Operation.start.check(state.state, name: machine.name) } catch {
                check.add(error)
            }
            // Its own images and ports are in use, by itself.
            if state.state.isActive { return result(check) }
            let reading = try storedReading(machine)
            run(&check, reading.domain, reading.source)
        } catch {
            check.add(error)
        }
        return result(check)
    }

    /// Looks for all that would keep a document's machine from starting.
    ///
    /// - Parameter source: the text that the domain was read from, for the places of what is found.
    public func check(_ domain: Domain, source: XMLSource? = nil) -> CheckResult {
        let uuid = domain.uuid ?? UUID(high: 0, low: 0)
        let machine = Machine(
            name: domain.name ?? "", uuid: uuid, isPersistent: false, runtime: folder(uuid))
        var check = Preflight(manager: self, machine: machine)
        run(&check, domain, source)
        return result(check)
    }

    /// What comes to nothing on this host.
    func ignoredSettings(_ domain: Domain, _ source: XMLSource?) -> [Diagnostic] {
        IgnoredSettings.diagnostics(domain, source: source, groups: controlGroupPlace(domain))
    }

    private func result(_ check: Preflight) -> CheckResult {
        CheckResult(name: check.machine.name, causes: check.causes, warnings: check.warnings)
    }

    private func run(_ check: inout Preflight, _ domain: Domain, _ source: XMLSource?) {
        check.source = source
        var planned = domain
        var built: LaunchDraft?
        do throws(VMError) {
            let draft = try draft(domain, source: source)
            planned = draft.domain
            built = draft
            check.checkEmulator(draft)
            check.checkPrograms(draft)
            var whole = draft
            whole.takeSecrets()
            let problems = helpers(of: planned).problems + launchProblems(try whole.plan())
            for problem in problems { check.add(problem) }
        } catch {
            // What can't be planned may have missing files all the same.
            check.add(error)
        }
        check.warnings += ignoredSettings(domain, source).map(\.statement)
        check.checkResources(planned)
        check.checkHost(planned)
        // What is left of the command line when those that know more have looked.
        if let built { check.checkCommandLine(built) }
    }
}
