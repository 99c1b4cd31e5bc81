internal import QEMULauncher
internal import VMCore
internal import VMSecret

/// The secrets that QEMU gets when it starts, each in a file of memory under a number of its own: nothing of them is on a
/// disk or among its arguments, and what is killed leaves nothing behind.
struct LaunchSecrets: ~Copyable {
    private var files: [(raw: Int32, target: Int32)] = []

    var descriptors: [SpawnRequest.Descriptor] { files.map { .init($0.raw, as: $0.target) } }

    init(_ launch: LaunchPlan, _ store: SecretStore) throws(VMError) {
        for need in launch.secrets {
            let value = try store.value(for: need.source)
            let file = try FileDescriptor.memory(value, name: "vmctl-secret")
            files.append((file.release(), need.descriptor))
        }
    }

    deinit { for file in files { _ = FileDescriptor(owning: file.raw) } }

    /// What keeps a plan's secrets from being had.
    static func problems(_ launch: LaunchPlan, _ store: SecretStore) -> [VMError] {
        launch.secrets.compactMap { need in
            do throws(VMError) {
                _ = try store.value(for: need.source)
                return nil
            } catch {
                return error
            }
        }
    }
}

extension SecretStore {
    fileprivate func value(for source: SecretSource) throws(VMError) -> [UInt8] {
        switch source {
        case .stored(let reference): try value(of: reference)
        case .text(let text): Array(text.utf8)
        }
    }
}
