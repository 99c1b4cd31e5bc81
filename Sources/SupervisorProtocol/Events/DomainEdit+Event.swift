internal import VMJSON

extension DomainEdit {
    /// The word by which an edit travels, such as `attach`.
    package var name: String { json["kind"]?.string ?? "" }

    /// What is told of it when it has been made.
    package func event(in scope: HostEvent.EditScope) -> HostEvent.Kind {
        switch self {
        case .setTitle: .metadataChanged(.title, uri: nil)
        case .setDescription: .metadataChanged(.description, uri: nil)
        case .setMetadata(_, let uri, _): .metadataChanged(.element, uri: uri)
        default: .changed(edit: name, scope: scope)
        }
    }
}
