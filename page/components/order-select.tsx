/** In which order a list is shown. */
export function OrderSelect<Order extends string>({
  orders,
  order,
  set,
}: {
  orders: readonly (readonly [Order, string])[];
  order: Order;
  set: (order: Order) => void;
}) {
  return (
    <label class="field">
      Listed
      <select value={order} onChange={({ currentTarget }) => set(currentTarget.value as Order)}>
        {orders.map(([one, name]) => (
          <option key={one} value={one}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
