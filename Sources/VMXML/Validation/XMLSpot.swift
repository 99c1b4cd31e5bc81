/// What a finding of a check points at, seen from an element whose origin is known.
public enum XMLSpot: Sendable, Hashable {
    case element
    case attribute(String)
    case content
    /// A child, itself or one of its attributes; several names lead further down.
    case child([String], attribute: String? = nil)

    /// `.child("target", "bus")`: the attribute `bus` of the child `target`.
    public static func child(_ name: String, _ attribute: String? = nil) -> XMLSpot {
        .child([name], attribute: attribute)
    }

    /// What the path of a finding has behind that of the element.
    var pathSuffix: String {
        switch self {
        case .element, .content: ""
        case .attribute(let name): "/@" + name
        case .child(let names, let attribute):
            "/" + names.joined(separator: "/") + (attribute.map { "/@" + $0 } ?? "")
        }
    }
}
