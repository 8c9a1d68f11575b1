// Passes requests on as they are.
export default {
  fetch(request, { ORIGIN }) {
    return ORIGIN.fetch(request);
  },
};
